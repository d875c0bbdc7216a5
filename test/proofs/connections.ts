import type { JsonObject } from '../../src/lib/json.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import type { ProofStart } from './starts.js';

/** Registers the portal of a start at a gateway, as reached at `baseUrl`: through a proxy, where there is one. */
export async function register(
  gateway: { readonly url: string },
  key: string,
  at: {
    readonly start: ProofStart;
    readonly sandbox: Sandbox;
    readonly baseUrl: string;
    readonly limits?: JsonObject;
    /** The platform's own fields beside `auth`. */
    readonly settings?: JsonObject;
    /** Where the gateway asks for keys: that of an administrator. */
    readonly apiKey?: string;
  },
): Promise<void> {
  const { start, sandbox, baseUrl } = at;
  const wide = { requestsPerSecond: 10_000, burst: 100_000, maxInFlight: 200, batch: 'off' };
  const answer = await fetch(`${gateway.url}/v1/connections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(at.apiKey ? { authorization: `Bearer ${at.apiKey}` } : {}) },
    body: JSON.stringify({
      key,
      platform: start.sandbox.platform,
      baseUrl,
      ...sandbox.connections[start.connection]?.fields,
      ...at.settings,
      limits: { ...wide, ...at.limits },
    }),
  });
  if (answer.status !== 201) throw new Error(`No connection "${key}": ${await answer.text()}`);
}

/** What a gateway answered to a command. */
export interface Said {
  readonly status: number;
  /** A process, or a problem. */
  readonly body: Readonly<Partial<Record<'id' | 'state' | 'adoption' | 'code' | 'outcome' | 'processId', string>>>;
}

/** Sends one start under a key. @throws TypeError where the connection broke */
export async function send(
  gateway: { readonly url: string },
  key: string,
  start: JsonObject,
  prefer = 'wait=20',
): Promise<Said> {
  const answer = await fetch(`${gateway.url}/v1/processes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key, prefer },
    body: JSON.stringify({ onIndeterminate: 'continue', ...start }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, body: (await answer.json()) as Said['body'] };
}

/** A process as a gateway shows it. */
export interface ShownProcess {
  readonly id: string;
  readonly state: string;
  readonly adoption: string | null;
  readonly attempts: number;
}

export async function look(gateway: { readonly url: string }, id: string): Promise<ShownProcess> {
  return (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as ShownProcess;
}

/** The classes of a process's attempts, oldest first, e.g. `['attempt.unknown']`. */
export async function attempts(gateway: { readonly url: string }, id: string): Promise<readonly string[]> {
  const answer = await fetch(`${gateway.url}/v1/processes/${id}/history?limit=200`);
  const { items } = (await answer.json()) as { readonly items: readonly { kind: string; type: string }[] };
  return items.filter(({ kind }) => kind === 'attempt').map(({ type }) => type);
}

/** Sends a command without a body, e.g. `connections/portal/pause`. */
export async function order(gateway: { readonly url: string }, path: string): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/${path}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
}

/** The numbers of a process's events, oldest first. */
export async function eventSequences(gateway: { readonly url: string }, id: string): Promise<readonly number[]> {
  const answer = await fetch(`${gateway.url}/v1/processes/${id}/history?limit=200`);
  const { items } = (await answer.json()) as { readonly items: readonly { kind: string; sequence: number }[] };
  return items.filter(({ kind }) => kind === 'event').map(({ sequence }) => sequence);
}
