import { urlOf } from './address.js';
import { installedBinaries, reachableBinaries } from './binaries.js';
import { makeCluster } from './cluster.js';
import { lockDataDirectory } from './data-lock.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { makeHome, placesIn, type Places } from './places.js';
import { closedTo, serverUserFor, type ServerUser } from './server-user.js';
import { serverSettings } from './server-settings.js';
import { startServer } from './server.js';

/** A PostgreSQL of our own. It lives no longer than this process, however this process ends. */
export interface EmbeddedPostgres {
  /** Of the database `postgres`, with the password; any other process of this user may use it too. */
  readonly url: string;
  /** Shuts the server down, ending the sessions that are left; resolves when it is gone. */
  stop(): Promise<void>;
}

/** How to run it. */
export interface EmbeddedPostgresOptions {
  /** Everything is kept in `{dataDir}/postgres`; a second process on the same directory is refused. */
  readonly dataDir: string;
  /** false: nothing is forced to disk, for tests. */
  readonly durable: boolean;
  /** Settings of the server beside ours, as in postgresql.conf, e.g. `{ max_connections: '200' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts the embedded PostgreSQL, after making its cluster when there is none; about a second the first time, a tenth
 * of that later.
 *
 * @throws EmbeddedPostgresFailed  with a sentence for the person who starts the gateway; nothing is left running
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await installedBinaries(`${process.platform}-${process.arch}`);
  const places = await placesIn(options.dataDir);
  const user = serverUserFor(places.home);
  await refuseIfClosed(places, user);
  await makeHome(places, user);
  const lock = await lockDataDirectory(places.home);
  try {
    const reachable = await reachableBinaries(binaries, places, user);
    const password = await makeCluster(places, reachable, { user, durable: options.durable });
    const settings = serverSettings(options.durable, options.settings ?? {});
    const server = await startServer(places, reachable, { user, settings });
    return {
      url: urlOf(server.address, password),
      stop: async () => {
        await server.program.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function refuseIfClosed(places: Places, user: ServerUser): Promise<void> {
  const closed = await closedTo(user, places.home);
  if (closed === null || closed === places.home) return;
  throw new EmbeddedPostgresFailed(
    `PostgreSQL refuses to run as root, and ${user.name}, who runs it instead, cannot pass through ${closed}; open that directory (chmod a+x ${closed}), choose another DATA_DIR or set DATABASE_URL`,
  );
}
