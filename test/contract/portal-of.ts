import { v7 as uuidv7 } from 'uuid';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import type { ConnectionSettings, PlatformKind } from '../../src/platforms/platform-kind.js';
import type { Call, Platform } from '../../src/platforms/platform.js';
import type { StartOrder } from '../../src/platforms/run.js';
import { platformKindOf } from '../../src/platforms/registry.js';
import type { Behaviour, Sandbox, SandboxKind } from '../../src/platforms/sandbox.js';
import type { Exchange } from '../../src/lib/exchange.js';
import type { JsonObject } from '../../src/lib/json.js';

/** One line of a sandbox's own log of what it received. */
export interface Received {
  readonly operation: string;
  readonly definition: string | null;
  readonly executed: boolean;
}

/** An adapter on its sandbox, as the one suite for every platform sees it. */
export interface SuitePortal {
  readonly kind: PlatformKind;
  readonly platform: Platform;
  /** How many requests the adapter sent so far. */
  sent(): number;
  /** A prepared start with that behaviour; `null`: this platform's portals do not show it. */
  order(behaviour: Behaviour): Promise<StartOrder | null>;
  /** The same start on another document, or of another process where there are none. */
  elsewhere(order: StartOrder): Promise<StartOrder>;
  /** The same start with a run id of its own. */
  again(order: StartOrder): StartOrder;
  /** An adapter that signs in as somebody else who may start. */
  asSomebodyElse(): Promise<Platform>;
  /** Turns something over the control port. */
  control(path: string, body: JsonObject): Promise<Response>;
  runs(): Promise<readonly { nativeId: string; definition: string; state: string; variables: JsonObject }[]>;
  requests(): Promise<readonly Received[]>;
  finish(nativeId: string, outcome: 'completed' | 'failed'): Promise<void>;
  close(): Promise<void>;
}

/** A command that may go out, with a limit that is longer than any behaviour but a hang. */
export function command(limitMs = 10_000): Call {
  return { signal: AbortSignal.timeout(limitMs), mayWrite: () => true };
}

export function read(): Call {
  return { signal: AbortSignal.timeout(10_000) };
}

/** Opens the adapter of a simulated portal on that portal, signed in. */
export async function portalOf(sandboxKind: SandboxKind): Promise<SuitePortal> {
  const kind = platformKindOf(sandboxKind.platform);
  if (!kind) throw new Error(`There is a sandbox of ${sandboxKind.platform} and no platform`);
  const sandbox = await sandboxKind.start({ host: '127.0.0.1', port: 0, folder: null });
  try {
    let sent = 0;
    const guarded = guardedExchange({ allow: [], http: false, ownPorts: [sandbox.port] });
    const exchange: Exchange = (request, limits) => {
      sent += 1;
      return guarded(request, limits);
    };
    const opened = async (auth: JsonObject = {}): Promise<Platform> => {
      const settings = settingsOf(kind, sandbox, auth);
      const platform = kind.open(settings, {
        exchange,
        renewAuth: async (renew) => void (await renew(() => true)),
        spent: () => {},
      });
      if (platform.signedIn?.() === false) await platform.signIn?.(read());
      return platform;
    };
    const platform = await opened();
    const control: SuitePortal['control'] = (path, body) =>
      fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return {
      kind,
      platform,
      sent: () => sent,
      order: (behaviour) => orderFor(platform, sandbox, behaviour),
      elsewhere: async (order) => {
        const other = order.subject ? order : await orderFor(platform, sandbox, 'waits-for-task');
        if (!other) throw new Error('There is no other process');
        return again({ ...other, subject: order.subject && { type: 'crm.lead', id: '2' } });
      },
      again,
      asSomebodyElse: () => opened(somebodyElse[kind.platform]),
      control,
      runs: () => truth(sandbox, 'runs'),
      requests: () => truth(sandbox, 'requests'),
      finish: async (nativeId, outcome) => {
        await control(`runs/${nativeId}/finish`, { outcome });
      },
      close: () => sandbox.close(),
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

const somebodyElse: Readonly<Record<string, JsonObject>> = {
  bitrix24: { userId: 3, secret: 'sandboxwebhook03' },
  creatio: { username: 'Colleague', password: 'Colleague-password' },
};

function again(order: StartOrder): StartOrder {
  return { ...order, processId: uuidv7(), runId: uuidv7().replaceAll('-', '') };
}

function settingsOf(kind: PlatformKind, sandbox: Sandbox, changed: JsonObject): ConnectionSettings {
  const { auth: givenAuth, ...own } = sandbox.connections[0]?.fields ?? {};
  const auth = kind.readAuth({ ...Object(givenAuth), ...changed });
  const settings = kind.readSettings(own);
  if ('faults' in auth || 'faults' in settings) throw new Error('The connection of the sandbox has faults');
  return { key: 'suite', baseUrl: sandbox.url, auth: auth.value, settings: settings.value };
}

async function orderFor(platform: Platform, sandbox: Sandbox, behaviour: Behaviour): Promise<StartOrder | null> {
  const start = sandbox.starts[behaviour];
  if (!start) return null;
  const { definition, subject, variables } = start as Partial<Pick<StartOrder, 'definition' | 'subject' | 'variables'>>;
  if (definition === undefined) throw new Error(`The start for ${behaviour} names no definition`);
  const spec = await platform.definition(definition, read());
  const request = { definition, subject: subject ?? null, variables: variables ?? {}, results: [], options: {} };
  const prepared = platform.prepare(request, spec);
  if (prepared.faults.length > 0) throw new Error(JSON.stringify(prepared.faults));
  const runId = uuidv7().replaceAll('-', '');
  return { ...request, subject: prepared.subject, processId: uuidv7(), runId, spec };
}

async function truth<T>(sandbox: Sandbox, what: 'runs' | 'requests'): Promise<readonly T[]> {
  return (await (await fetch(`${sandbox.url}/_sandbox/${what}`)).json()) as T[];
}
