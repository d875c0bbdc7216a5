import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { delivered, runGateway, type RunningGateway } from '../running-gateway.js';
import { ask } from './open-loop.js';

/** A gateway in a process of its own, whose memory and health are looked at all the time. */
export interface WatchedGateway extends RunningGateway {
  /** Milliseconds of every look at `/healthz/ready` since the last time this was asked; a refusal counts as a minute. */
  healthMs(): readonly number[];
  /** The most memory that was seen so far, in MiB. */
  mostMemory(): number;
  close(): Promise<void>;
}

const lookEveryMs = 100;

export async function watchedGateway(
  databaseUrl: string,
  env: Readonly<Record<string, string>>,
): Promise<WatchedGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'watched-'));
  const keys = `load:${Buffer.alloc(32, 7).toString('base64')}`;
  const settings = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    CREDENTIALS_KEYS: keys,
    SANDBOX: 'off',
    AUTH: 'off',
    ...env,
  };
  const gateway = await runGateway(settings, delivered);
  // Each look comes on a connection of its own, as an orchestrator's do.
  const agent = new Agent();
  const over = new AbortController();
  let looks: number[] = [];
  let most = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { status, ms } = await ask(
        gateway.url,
        { method: 'GET', path: '/healthz/ready', headers: {}, body: null },
        agent,
      );
      if (!over.signal.aborted) looks.push(status === 200 ? ms : 60_000);
      most = Math.max(most, await memoryOf(gateway.pid));
      await passed(lookEveryMs);
    }
  })();
  return {
    ...gateway,
    healthMs: () => {
      const told = looks;
      looks = [];
      return told;
    },
    mostMemory: () => most,
    close: async () => {
      over.abort();
      await watching;
      agent.destroy();
      await gateway.end('SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Resident memory of a process, in MiB; 0: it is gone. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
