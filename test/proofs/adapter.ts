import { v7 as uuidv7 } from 'uuid';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import type { JsonObject } from '../../src/lib/json.js';
import { platformKindOf } from '../../src/platforms/registry.js';
import type { Call, Platform } from '../../src/platforms/platform.js';
import type { StartOrder } from '../../src/platforms/run.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { verdictOf } from '../../src/dispatch/verdict.js';
import { pass, startCuttingProxy, type CuttingProxy, type Fault } from './cutting-proxy.js';
import { openSandbox, uniqueIn, uniqueValue, type ProofStart } from './starts.js';

/** An adapter alone, which reaches its simulated portal through a proxy that cuts. */
export interface ProofAdapter {
  readonly sandbox: Sandbox;
  readonly proxy: CuttingProxy;
  /** Starts once, with that fault on the way; gives the unique value of the start and what its verdict is. */
  start(fault: Fault): Promise<{ readonly unique: string; readonly is: string }>;
  close(): Promise<void>;
}

/** Opens the adapter, signed in. */
export async function openAdapter(start: ProofStart): Promise<ProofAdapter> {
  const sandbox = await openSandbox(start);
  const faults = new Map<string | null, Fault>();
  const proxy = await startCuttingProxy(sandbox, (request) => faults.get(uniqueIn(request)) ?? pass);
  const platform = adapterAt(start, sandbox, proxy);
  if (platform.signedIn?.() === false) await platform.signIn?.(command());
  const spec = await platform.definition(start.fields('').definition, command());
  return {
    sandbox,
    proxy,
    start: async (fault) => {
      const unique = uniqueValue();
      faults.set(unique, fault);
      const order: StartOrder = { ...requestOf(start.fields(unique)), processId: uuidv7(), runId: runId(), spec };
      const outcome = await platform.start(order, command()).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error }),
      );
      return { unique, is: verdictOf(outcome, false).is };
    },
    close: async () => {
      await proxy.close();
      await sandbox.close();
    },
  };
}

function adapterAt(start: ProofStart, sandbox: Sandbox, proxy: CuttingProxy): Platform {
  const kind = platformKindOf(start.sandbox.platform);
  if (!kind) throw new Error(`There is no platform ${start.sandbox.platform}`);
  const { auth: givenAuth, ...own } = sandbox.connections[start.connection]?.fields ?? {};
  const auth = kind.readAuth(givenAuth);
  const settings = kind.readSettings(own);
  if ('faults' in auth || 'faults' in settings) throw new Error('The connection of the sandbox has faults');
  const exchange = guardedExchange({ allow: [], http: false, ownPorts: [proxy.port] });
  const connection = { key: 'proof', baseUrl: proxy.url, auth: auth.value, settings: settings.value };
  return kind.open(connection, {
    exchange,
    renewAuth: async (renew) => void (await renew(() => true)),
    spent: () => {},
  });
}

function requestOf(fields: JsonObject): Omit<StartOrder, 'processId' | 'runId' | 'spec'> {
  const nothing = { definition: '', subject: null, variables: {}, results: [], options: {} };
  return { ...nothing, ...fields };
}

function command(): Call {
  return { signal: AbortSignal.timeout(10_000), mayWrite: () => true };
}

function runId(): string {
  return uuidv7().replaceAll('-', '');
}
