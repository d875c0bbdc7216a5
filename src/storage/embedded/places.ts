import { realpathSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresFailed, systemCodeOf, wordsOf } from './embedded-postgres.errors.js';
import type { ServerUser } from './server-user.js';

/** Where everything of the embedded server lies. All of it is in `{dataDir}/postgres`, which only its user may enter. */
export interface Places {
  readonly home: string;
  /** PostgreSQL's own data directory. Made elsewhere and renamed to this, so it is whole or not there. */
  readonly cluster: string;
  readonly password: string;
  /** Directory of the socket that clients use; emptied at each start. */
  readonly sockets: string;
  readonly log: string;
  /** Where the binaries are copied to when the server's user cannot reach them where npm put them. */
  readonly binaries: string;
}

/**
 * The places under a data directory, as real absolute paths. The data directory is made when it is missing.
 *
 * @throws EmbeddedPostgresFailed  it cannot be made or entered
 */
export async function placesIn(dataDir: string): Promise<Places> {
  const wanted = resolve(dataDir);
  try {
    await mkdir(wanted, { recursive: true });
    const home = join(realpathSync(wanted), 'postgres');
    return {
      home,
      cluster: join(home, 'cluster'),
      password: join(home, 'password'),
      sockets: join(home, 'sockets'),
      log: join(home, 'server.log'),
      binaries: join(home, 'binaries'),
    };
  } catch (cause) {
    throw new EmbeddedPostgresFailed(`The data directory ${wanted} cannot be used: ${wordsOf(cause)}`, { cause });
  }
}

/**
 * Makes the home, mode 0700, and gives it to the user that runs the server.
 *
 * @throws EmbeddedPostgresFailed  it belongs to someone else, or the disk refuses
 */
export async function makeHome(places: Places, user: ServerUser): Promise<void> {
  try {
    await mkdir(places.home, { recursive: true, mode: 0o700 });
    await chmod(places.home, 0o700);
    if (user.ids) await chown(places.home, user.ids.uid, user.ids.gid);
  } catch (cause) {
    const refused = systemCodeOf(cause) === 'EPERM' || systemCodeOf(cause) === 'EACCES';
    throw new EmbeddedPostgresFailed(
      refused
        ? `The directory ${places.home} belongs to another user than ${user.name}; start the gateway as its owner or choose another DATA_DIR`
        : `The directory ${places.home} cannot be made: ${wordsOf(cause)}`,
      { cause },
    );
  }
}
