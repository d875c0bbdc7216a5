import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';
import type { Places } from './places.js';

/** After how long a server that was asked to shut down fast is asked to shut down at once, and is given up on. */
const patienceMs = { fast: 3_000, atOnce: 10_000 };

/**
 * Sees to it that no server of an earlier gateway runs on the cluster, nor is believed to. To be called by who holds
 * the lock of the data directory: no living gateway needs that server then.
 *
 * PostgreSQL itself believes any living process whose id stands in postmaster.pid, even a zombie or a foreign one that
 * was given the id later, and refuses to start for a file that it cannot read.
 *
 * @throws EmbeddedPostgresFailed  the old server does not go
 */
export async function clearLeftoverServer(places: Places): Promise<void> {
  const started = performance.now();
  for (let pid = serverOn(places.cluster); pid !== null; pid = serverOn(places.cluster)) {
    const waitedMs = performance.now() - started;
    if (waitedMs > patienceMs.atOnce) {
      throw new EmbeddedPostgresFailed(
        `The database of an earlier run (process ${pid}) still uses ${places.cluster}; stop that process first`,
      );
    }
    ask(pid, waitedMs < patienceMs.fast ? 'SIGINT' : 'SIGQUIT');
    await passed(20);
  }
  await rm(join(places.cluster, 'postmaster.pid'), { force: true });
  await rm(places.sockets, { recursive: true, force: true });
}

/** The process id of the living server of this cluster; `null` when there is none, whatever postmaster.pid says. */
function serverOn(cluster: string): number | null {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  return isServerOn(cluster, pid) ? pid : null;
}

/** Is this process alive and the server of this cluster? */
function isServerOn(cluster: string, pid: number): boolean {
  try {
    // The server works in its cluster; a zombie works nowhere, and a stranger's place we are not told.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === cluster;
    const shown = execFileSync('/bin/ps', ['-o', 'state=,command=', '-p', String(pid)], { encoding: 'utf8' });
    return !shown.trimStart().startsWith('Z') && shown.includes(cluster);
  } catch {
    return false; // gone meanwhile, or not ours to look at
  }
}

function ask(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, which the next look at it tells.
  }
}
