import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { type Address, chooseAddress, listeningAt } from './address.js';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import { clearLeftoverServer } from './leftover-server.js';
import type { Places } from './places.js';
import type { ServerUser } from './server-user.js';
import { lastComplaint, supervised, type Supervised } from './supervised.js';

/** A server that takes connections. */
export interface Server {
  readonly address: Address;
  readonly program: Supervised;
}

/**
 * How often a start is tried, and how long it waits in between: sessions of a server that was killed hold its memory a
 * moment longer, and a free port may have been taken since it was found.
 */
const tries = { times: 6, pauseMs: 300 };

/** How long a start may take. Long, because a server that was killed under load replays its log first. */
const startLimitMs = 120_000;

/**
 * Starts the server on a cluster and waits until it takes connections.
 *
 * @throws EmbeddedPostgresFailed  it ended instead, with what it said
 */
export async function startServer(
  places: Places,
  binaries: Binaries,
  run: { readonly user: ServerUser; readonly settings: Readonly<Record<string, string>> },
): Promise<Server> {
  for (let tried = 1; tried <= tries.times; tried++) {
    await clearLeftoverServer(places);
    const address = await chooseAddress(places.sockets);
    await mkdir(places.sockets, { mode: 0o700 });
    if (run.user.ids) await chown(places.sockets, run.user.ids.uid, run.user.ids.gid);
    const settings = Object.entries({ ...run.settings, ...listeningAt(address) });
    const options = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const program = supervised([binaries.postgres, '-D', places.cluster, ...options], run.user, places.log);
    if (await takesConnections(program, places)) {
      program.letGo();
      return { address, program };
    }
    await passed(tries.pauseMs);
  }
  throw new EmbeddedPostgresFailed(
    `The database in ${places.home} does not start: ${lastComplaint(places.log)} (more in ${places.log})`,
  );
}

/** Whether the server is up; false: it has ended. */
async function takesConnections(program: Supervised, places: Places): Promise<boolean> {
  const started = performance.now();
  while (!program.hasEnded()) {
    if (statusIn(places.cluster) === 'ready') return true;
    if (performance.now() - started > startLimitMs) {
      await program.stop();
      return false;
    }
    await passed(10);
  }
  return false;
}

/** The eighth line of postmaster.pid, which the server keeps: `starting`, `ready`, `stopping`; `null` before that. */
function statusIn(cluster: string): string | null {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return null;
  return readFileSync(file, 'utf8').split('\n')[7]?.trim() ?? null;
}
