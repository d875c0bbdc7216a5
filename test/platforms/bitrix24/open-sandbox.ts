import type { Exchange, HttpRequest } from '../../../src/lib/exchange.js';
import { guardedExchange } from '../../../src/lib/guarded-exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { bitrix24Sandbox } from '../../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { PlatformTools } from '../../../src/platforms/platform-kind.js';
import type { Call, Platform } from '../../../src/platforms/platform.js';
import type { StartOrder } from '../../../src/platforms/run.js';
import type { Sandbox } from '../../../src/platforms/sandbox.js';

/** A simulated portal with an adapter of ours on it, and what went between them. */
export interface OpenSandbox {
  readonly sandbox: Sandbox;
  /** Every request that the adapter sent. */
  readonly sent: HttpRequest[];
  /** Every `auth` that the adapter had stored, oldest first. */
  readonly stored: JsonObject[];
  /** The adapter of one of the sandbox's connections. */
  readonly open: (suffix: '' | '-app', settings?: JsonObject, auth?: JsonObject) => Platform;
  readonly runs: () => Promise<readonly Record<string, unknown>[]>;
  readonly requests: () => Promise<readonly Record<string, unknown>[]>;
  readonly control: (path: string, body: JsonObject) => Promise<Response>;
}

/** Opens a sandbox, lends it, and closes it whatever happens. */
export async function withSandbox(
  use: (open: OpenSandbox) => Promise<void>,
  folder: string | null = null,
): Promise<void> {
  const sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder });
  try {
    await use(openSandbox(sandbox));
  } finally {
    await sandbox.close();
  }
}

function openSandbox(sandbox: Sandbox): OpenSandbox {
  const guarded = guardedExchange({ allow: [], http: false, ownPorts: [sandbox.port] });
  const sent: HttpRequest[] = [];
  const stored: JsonObject[] = [];
  const exchange: Exchange = (request, limits) => {
    sent.push(request);
    return guarded(request, limits);
  };
  const renewAuth: PlatformTools['renewAuth'] = async (renew) => void stored.push(await renew(() => true));
  const truth = async (path: string): Promise<readonly Record<string, unknown>[]> => {
    const answer: unknown = await (await fetch(`${sandbox.url}/_sandbox/${path}`)).json();
    return Array.isArray(answer) ? answer : [];
  };
  return {
    sandbox,
    sent,
    stored,
    open: (suffix, settings = {}, changed = {}) => {
      const fields = sandbox.connections.find((one) => one.suffix === suffix)?.fields;
      const auth = bitrix24.readAuth({ ...Object(fields?.['auth']), ...changed });
      const read = bitrix24.readSettings(settings);
      if ('faults' in auth || 'faults' in read) throw new Error('The connection of the sandbox has faults');
      const connection = { key: 'sandbox-bitrix24', baseUrl: sandbox.url, auth: auth.value, settings: read.value };
      return bitrix24.open(connection, { exchange, renewAuth, spent: () => undefined });
    },
    runs: () => truth('runs'),
    requests: () => truth('requests'),
    control: (path, body) => fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** A read with a time limit. */
export const read = (): Call => ({ signal: AbortSignal.timeout(10_000) });

/** A command with a time limit, allowed to write. */
export const command = (): Call => ({ signal: AbortSignal.timeout(10_000), mayWrite: () => true });

/** The order of one start in the sandbox; without `spec`, as if the template could not be read. */
export function orderOf(definition: string, more: Partial<StartOrder> = {}): StartOrder {
  return {
    definition,
    subject: { type: 'crm.lead', id: '1' },
    variables: {},
    results: [],
    options: {},
    processId: '01994f0e-0000-7000-8000-000000000001',
    runId: '0123456789abcdef0123456789abcdef',
    spec: null,
    ...more,
  };
}
