import { z } from 'zod';
import { guardedExchange } from '../../../src/lib/guarded-exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { startCreatioSandbox, type CreatioSandbox } from '../../../src/platforms/creatio/creatio.sandbox.js';
import { Busy } from '../../../src/platforms/platform.errors.js';
import type { Call, Platform } from '../../../src/platforms/platform.js';
import type { Started, StartOrder } from '../../../src/platforms/run.js';

const Runs = z.array(
  z.object({ nativeId: z.string(), definition: z.string(), state: z.string(), startedAt: z.iso.datetime() }),
);
const Requests = z.array(z.object({ operation: z.string(), definition: z.string().nullable(), executed: z.boolean() }));

/** A simulated instance, the adapter that speaks to it, and what its own log says. */
export interface Instance {
  readonly sandbox: CreatioSandbox;
  readonly platform: Platform;
  /** Another adapter of the same instance. */
  readonly open: (fields: { auth?: JsonObject; settings?: JsonObject }) => Platform;
  readonly runs: () => Promise<z.infer<typeof Runs>>;
  readonly requests: () => Promise<z.infer<typeof Requests>>;
  /** Sets the simulated instance up, e.g. `{ odata: 'none' }`. */
  readonly turn: (switches: JsonObject) => Promise<void>;
  /** Moves a finished run out of the log's table. */
  readonly archive: (nativeId: string) => Promise<void>;
  readonly finish: (nativeId: string, outcome: 'completed' | 'failed') => Promise<void>;
}

export const supervisor = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };

/** Runs `use` against a fresh instance and closes it. */
export async function withInstance(
  use: (instance: Instance) => Promise<void>,
  runtime: 'netframework' | 'net' = 'netframework',
  folder: string | null = null,
): Promise<void> {
  const sandbox = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder }, runtime);
  const open: Instance['open'] = ({ auth = supervisor, settings = {} }) => {
    const read = creatio.readSettings(settings);
    if (!('value' in read)) throw new Error(JSON.stringify(read.faults));
    const tools = {
      exchange: guardedExchange({ allow: [], http: true, ownPorts: [sandbox.port] }),
      renewAuth: async (): Promise<void> => undefined,
      spent: () => undefined,
    };
    return creatio.open({ key: 'test', baseUrl: sandbox.url, auth, settings: read.value }, tools);
  };
  const ask = async (path: string, body?: JsonObject): Promise<unknown> => {
    const options = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    return (await fetch(`${sandbox.url}/_sandbox/${path}`, options)).json();
  };
  try {
    await use({
      sandbox,
      open,
      platform: open({}),
      runs: async () => Runs.parse(await ask('runs')),
      requests: async () => Requests.parse(await ask('requests')),
      turn: async (switches) => void (await ask('switches', switches)),
      archive: async (nativeId) => void (await ask(`runs/${nativeId}/archive`, {})),
      finish: async (nativeId, outcome) => void (await ask(`runs/${nativeId}/finish`, { outcome })),
    });
  } finally {
    await sandbox.close();
  }
}

/** A call with ten seconds, as a command: on a fresh socket. */
export function command(): Call {
  return { signal: AbortSignal.timeout(10_000), mayWrite: () => true };
}

export function read(): Call {
  return { signal: AbortSignal.timeout(10_000) };
}

export function orderOf(definition: string, more: Partial<StartOrder> = {}): StartOrder {
  return {
    definition,
    subject: null,
    variables: {},
    results: [],
    options: {},
    processId: '01994f0e-0000-7000-8000-000000000001',
    runId: '0'.repeat(32),
    spec: null,
    ...more,
  };
}

/** Starts as the dispatcher does: signs in where it must, and sends once more after a void session. */
export async function start(platform: Platform, order: StartOrder): Promise<Started> {
  if (!platform.signedIn?.()) await platform.signIn?.(command());
  try {
    return await platform.start(order, command());
  } catch (error) {
    if (!(error instanceof Busy) || error.because !== 'sign_in') throw error;
    await platform.signIn?.(command());
    return platform.start(order, command());
  }
}

/** The error of a promise; a promise that is kept is an error itself. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('No error was thrown');
}
