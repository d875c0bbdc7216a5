import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';

/** A request as the simulated portal logged it. */
export interface Logged {
  readonly atMs: number;
  readonly operation: string;
  /** As it was answered. */
  readonly status: number | null;
}

/** What a caller sees of a process. */
export interface Seen {
  readonly id: string;
  readonly state: string;
  readonly waitingFor: { readonly reason: string; readonly until?: string } | null;
}

const reach = { EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8', STATUS_POLL_SECONDS: '86400' };

/** A gateway, or one more replica of it on the database of `first`. */
export async function replica(first: TestGateway | null = null): Promise<TestGateway> {
  return startGateway({ ...reach, ...(first ? { DATABASE_URL: first.databaseUrl } : {}) });
}

export async function simulatedPortal(port = 0): Promise<Sandbox> {
  return bitrix24Sandbox.start({ host: '127.0.0.1', port, folder: null });
}

/** Has the portal itself count, and refuse what goes beyond. */
export async function limit(portal: Sandbox, limits: object): Promise<void> {
  const answer = await fetch(`${portal.url}/_sandbox/limits`, { method: 'POST', body: JSON.stringify(limits) });
  if (!answer.ok) throw new Error(`The portal does not take these limits: ${await answer.text()}`);
}

/** Everything that the portal has received, oldest first; commands of a batch are not requests of their own. */
export async function requestsTo(portal: Sandbox): Promise<readonly Logged[]> {
  const answer = await fetch(`${portal.url}/_sandbox/requests`);
  const lines = (await answer.json()) as { at: string; operation: string; status?: number; inBatch?: boolean }[];
  return lines
    .filter(({ inBatch }) => inBatch !== true)
    .map(({ at, operation, status = null }) => ({ atMs: Date.parse(at), operation, status }))
    .toSorted((one, other) => one.atMs - other.atMs);
}

/** The highest level of a bucket that leaks `rate` in a second, filled by these requests. */
export function highestLevel(requests: readonly Logged[], rate: number): number {
  let [level, highest, beforeMs] = [0, 0, requests[0]?.atMs ?? 0];
  for (const { atMs } of requests) {
    level = Math.max(0, level - ((atMs - beforeMs) / 1000) * rate) + 1;
    highest = Math.max(highest, level);
    beforeMs = atMs;
  }
  return highest;
}

/** Calls one gateway as anybody. */
export class Caller {
  constructor(private readonly url: string) {}

  async register(key: string, baseUrl: string, limits: object): Promise<void> {
    const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
    const answer = await this.#post('/connections', { key, platform: 'bitrix24', baseUrl, auth, limits });
    if (answer.status !== 201) throw new Error(`${key} was not registered: ${await answer.text()}`);
  }

  async start(connection: string, given: { prefer?: string; key?: string; lead?: number } = {}): Promise<Response> {
    const { prefer = 'respond-async', key, lead = 1 } = given;
    const subject = { type: 'crm.lead', id: String(lead) };
    const body = { connection, definition: '1', subject, variables: { Parameter1: 'user_1' } };
    return this.#post('/processes', body, { prefer, ...(key === undefined ? {} : { 'idempotency-key': key }) });
  }

  async started(connection: string, lead = 1): Promise<Seen> {
    return (await (await this.start(connection, { lead })).json()) as Seen;
  }

  async command(path: string, body: object = {}): Promise<Response> {
    return this.#post(path, body, { prefer: 'respond-async' });
  }

  async process(id: string): Promise<Seen> {
    return (await (await fetch(`${this.url}/v1/processes/${id}`)).json()) as Seen;
  }

  async count(connection: string, state: string): Promise<number> {
    const answer = await fetch(`${this.url}/v1/processes?connection=${connection}&state=${state}&limit=200`);
    return ((await answer.json()) as { items: unknown[] }).items.length;
  }

  async health(connection: string): Promise<{ breaker: string; queueDepth: number }> {
    const answer = await fetch(`${this.url}/v1/connections/${connection}/health`);
    return (await answer.json()) as { breaker: string; queueDepth: number };
  }

  async #post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }
}
