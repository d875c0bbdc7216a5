import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Heard, levelToWrite } from '../canaries/heard.js';
import { until } from '../until.js';
import type { Armed } from './kill-points.js';

/** One replica of the gateway, in a process of its own. */
export interface Replica {
  /** Without a trailing slash. */
  readonly url: string;
  /** It kills itself with -9 at that point of the way of a start. */
  arm(armed: Armed): void;
  /** SIGSTOP freezes it, SIGCONT lets it go on. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  isGone(): boolean;
  /** Resolves when it is gone, by whatever. */
  readonly gone: Promise<unknown>;
  /** Everything that it wrote so far. */
  said(): string;
  /** Kills it unless it is gone already. */
  end(): Promise<void>;
}

/** A replica that has loaded everything and done nothing yet, so that a killed one can be replaced at once. */
export interface Spare {
  begin(): Promise<Replica>;
  end(): Promise<void>;
}

const credentialsKey = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** Small times, so that what is left behind comes to rest within seconds. */
const settings = {
  AUTH: 'off',
  SANDBOX: 'off',
  PORT: '0',
  LOG_LEVEL: 'warn',
  LEASE_SECONDS: '2',
  STATUS_POLL_SECONDS: '1',
  RECONCILE_DELAYS: '1,2,3',
  EGRESS_ALLOW: '127.0.0.0/8',
  EGRESS_HTTP: 'on',
  CREDENTIALS_KEYS: credentialsKey,
};

const entry = fileURLToPath(new URL('replica-process.ts', import.meta.url));
const loader = fileURLToPath(new URL('../setup/typescript.mjs', import.meta.url));

/** @param env  at least DATABASE_URL and DATA_DIR; beside small times, no keys and no simulated portals of its own */
export async function spareReplica(env: Readonly<Record<string, string>>): Promise<Spare> {
  const asked = env['LOG_LEVEL'] ?? settings.LOG_LEVEL;
  const child = spawn(process.execPath, ['--import', loader, entry], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], ...settings, ...env, LOG_LEVEL: levelToWrite(asked) },
  });
  const gone = once(child, 'exit');
  const heard = new Heard(asked);
  child.stdout?.on('data', (text) => heard.take('out', String(text)));
  child.stderr?.on('data', (text) => heard.take('err', String(text)));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const loaded = once(child, 'message');
  await Promise.race([loaded, gone]);
  if (isGone()) throw new Error(`A replica ended: ${heard.said}`);
  return {
    end,
    begin: async () => {
      child.send('begin');
      const url = await listening(isGone, () => heard.said, end);
      return {
        url,
        arm: (armed) => tell(child, armed),
        signal: (one) => child.kill(one),
        isGone,
        gone,
        said: () => heard.said,
        end,
      };
    },
  };
}

/** Starts a replica and waits until it listens. */
export async function runReplica(env: Readonly<Record<string, string>>): Promise<Replica> {
  return (await spareReplica(env)).begin();
}

function tell(child: ChildProcess, armed: Armed): void {
  if (child.connected) child.send(armed);
}

async function listening(isGone: () => boolean, said: () => string, end: () => Promise<void>): Promise<string> {
  try {
    const heard = (): string | undefined => {
      if (isGone()) throw new Error(`A replica ended: ${said()}`);
      return /(http:\/\/[^\s/]+)\/v1/.exec(said())?.[1];
    };
    return await until(heard, 'a replica to listen', 90_000);
  } catch (error) {
    await end();
    throw error;
  }
}
