import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { role } from './address.js';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresFailed, wordsOf } from './embedded-postgres.errors.js';
import type { Places } from './places.js';
import type { ServerUser } from './server-user.js';
import { lastComplaint, supervised } from './supervised.js';

/** The major version whose files the server understands. */
const major = '18';

/** A cluster in the making; it gets its name when it is whole, so one that was killed half way is begun anew. */
const unfinished = 'cluster.new';

/**
 * Makes the cluster where there is none yet, and gives the password of its role.
 *
 * @throws EmbeddedPostgresFailed  it cannot be made, is of another version, or its password is lost
 */
export async function makeCluster(
  places: Places,
  binaries: Binaries,
  run: { readonly user: ServerUser; readonly durable: boolean },
): Promise<string> {
  for (const name of await readdir(places.home)) {
    if (name.startsWith(unfinished)) await rm(join(places.home, name), { recursive: true, force: true, maxRetries: 5 });
  }
  if (existsSync(places.cluster)) return passwordOf(places);
  const password = await newPassword(places, run.user);
  const fresh = join(places.home, `${unfinished}-${randomUUID().slice(0, 8)}`);
  const initdb = supervised([binaries.initdb, ...initdbOptions(fresh, places, run.durable)], run.user, places.log);
  const status = await initdb.ended;
  if (status !== 0) throw notMade(places, binaries, status);
  await rename(fresh, places.cluster);
  return password;
}

function initdbOptions(directory: string, places: Places, durable: boolean): readonly string[] {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = [`--username=${role}`, `--pwfile=${places.password}`, '--auth=scram-sha-256'];
  return [`--pgdata=${directory}`, ...locale, ...access, ...(durable ? [] : ['--no-sync'])];
}

async function passwordOf(places: Places): Promise<string> {
  const made = (await readFile(join(places.cluster, 'PG_VERSION'), 'utf8').catch(() => '?')).trim();
  if (made !== major) {
    throw new EmbeddedPostgresFailed(
      `The database in ${places.cluster} was made by PostgreSQL ${made} and this gateway brings ${major}; dump it with the old version, move the directory away and restore the dump`,
    );
  }
  try {
    return await readFile(places.password, 'utf8');
  } catch (cause) {
    throw new EmbeddedPostgresFailed(
      `The password of the database in ${places.home} cannot be read (${wordsOf(cause)}); put the file back or move that directory away`,
      { cause },
    );
  }
}

/** A new password in its file, which initdb reads as the server's user. */
async function newPassword(places: Places, user: ServerUser): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await rm(places.password, { force: true });
  const file = await open(places.password, 'wx', 0o600);
  try {
    await file.writeFile(password);
    await file.sync();
  } finally {
    await file.close();
  }
  if (user.ids) await chown(places.password, user.ids.uid, user.ids.gid);
  return password;
}

function notMade(places: Places, binaries: Binaries, status: number): EmbeddedPostgresFailed {
  const complaint = lastComplaint(places.log);
  // The shell's word for a program that it cannot run, and the loader's for one that lacks its libraries.
  if (status === 126 || status === 127) {
    return new EmbeddedPostgresFailed(
      `The PostgreSQL programs beside ${binaries.initdb} do not run here (${complaint}); they need glibc and what npm install links when scripts are allowed, otherwise set DATABASE_URL`,
    );
  }
  return new EmbeddedPostgresFailed(`No database could be made in ${places.home}: ${complaint}`);
}
