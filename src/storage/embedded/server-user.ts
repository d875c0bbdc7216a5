import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresFailed, systemCodeOf, wordsOf } from './embedded-postgres.errors.js';

const run = promisify(execFile);

/** The user that runs the server. PostgreSQL refuses to be root, so a gateway that is root runs it as someone else. */
export interface ServerUser {
  readonly name: string;
  /** To which ids a child has to change; `null`: the gateway's own user will do. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Who is to run the server: ourselves; when we are root, whoever owns the home already, else `postgres`, else `nobody`.
 *
 * @param home  directory of the embedded server; need not be there yet
 */
export function serverUserFor(home: string): ServerUser {
  if (process.getuid?.() !== 0) return { name: `user ${process.getuid?.()}`, ids: null };
  // A directory that was filled by an ordinary user must stay readable for that user.
  const owner = statSync(home, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { name: `user ${owner.uid}`, ids: { uid: owner.uid, gid: owner.gid } };
  const user = known('postgres') ?? known('nobody');
  if (user) return user;
  throw new EmbeddedPostgresFailed(
    'PostgreSQL refuses to run as root and there is neither a user postgres nor nobody; start the gateway as an ordinary user or set DATABASE_URL',
  );
}

function known(name: string): ServerUser | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { name, ids: { uid: Number(uid), gid: Number(gid) } } : null;
}

/**
 * The outermost directory on the way to a path that the user may not pass through; `null` when all is open.
 * It is the user itself who tries, so access lists count as well as modes.
 *
 * @throws EmbeddedPostgresFailed  we may not become that user
 */
export async function closedTo(user: ServerUser, path: string): Promise<string | null> {
  if (!user.ids) return null;
  const way: string[] = [];
  for (let step = path; step !== dirname(step); step = dirname(step)) way.unshift(step);
  try {
    const script = 'for step do [ -x "$step" ] || { printf %s "$step"; exit; }; done';
    const { stdout } = await run('/bin/sh', ['-c', script, 'sh', ...way], { ...user.ids, cwd: '/', env: {} });
    return stdout || null;
  } catch (cause) {
    const why = systemCodeOf(cause) === 'EPERM' ? 'this root may not change to another user' : wordsOf(cause);
    throw new EmbeddedPostgresFailed(
      `PostgreSQL refuses to run as root and could not be run as ${user.name} (${why}); start the gateway as an ordinary user or set DATABASE_URL`,
      { cause },
    );
  }
}
