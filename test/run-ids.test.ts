import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly adoption: string;
  readonly hasIncident: boolean;
  readonly attempts: number;
}

interface Executed {
  readonly nativeId: string;
  readonly variables: { readonly Note: string };
}

let gateway: TestGateway;
let database: Client;

beforeAll(async () => {
  gateway = await startGateway({
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.0/8',
    LEASE_SECONDS: '2',
    RECONCILE_DELAYS: '1,2,3',
    STATUS_POLL_SECONDS: '86400',
  });
  database = new Client({ connectionString: gateway.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await gateway?.close();
});

/** A simulated portal of its own with a connection to it. */
class Portal {
  private constructor(
    readonly key: string,
    readonly sandbox: Sandbox,
  ) {}

  static async open(key: string, runIds: 'probe' | 'match'): Promise<Portal> {
    const sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    const auth = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' };
    const limits = { requestsPerSecond: 1000, burst: 1000, maxInFlight: 20, batch: 'off', startTimeoutSeconds: 5 };
    const body = { key, platform: 'bitrix24', baseUrl: sandbox.url, auth, limits, runIds };
    const answer = await post('/connections', body);
    if (answer.status !== 201) throw new Error(await answer.text());
    return new Portal(key, sandbox);
  }

  async control(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(await answer.text());
  }

  /** Every run that was executed, by what was noted on it. */
  async executed(): Promise<Map<string, Executed[]>> {
    const runs = (await (await fetch(`${this.sandbox.url}/_sandbox/runs`)).json()) as Executed[];
    return byNote(runs);
  }

  /** Starts as many as there are notes, each on its own document unless one is given. */
  async start(notes: readonly string[], lead?: string): Promise<Process[]> {
    return Promise.all(
      notes.map(async (note, index) => {
        const subject = { type: 'crm.lead', id: lead ?? String(index + 1) };
        const body = { connection: this.key, definition: '3', subject, variables: { Note: note } };
        return (await (await post('/processes', { ...body, onIndeterminate: 'continue' })).json()) as Process;
      }),
    );
  }

  async runIds(): Promise<string> {
    const answer = await fetch(`${gateway.url}/v1/connections/${this.key}/capabilities`);
    return ((await answer.json()) as { runIds: { state: string } }).runIds.state;
  }

  /** Every process of this portal, once each stands as described. */
  async all(what: string, holds: (process: Process) => boolean): Promise<Process[]> {
    return until(
      async () => {
        const found: Process[] = [];
        for (let next: string | null = `?connection=${this.key}&limit=200`; next !== null;) {
          const answer = await fetch(`${gateway.url}/v1/processes${next}`);
          const page = (await answer.json()) as { items: Process[]; nextCursor: string | null };
          found.push(...page.items);
          next = page.nextCursor === null ? null : `?connection=${this.key}&limit=200&cursor=${page.nextCursor}`;
        }
        return found.every(holds) ? found : null;
      },
      `every process to be ${what}`,
      60_000,
    );
  }
}

function byNote(runs: readonly Executed[]): Map<string, Executed[]> {
  const found = new Map<string, Executed[]>();
  for (const run of runs) found.set(run.variables.Note, [...(found.get(run.variables.Note) ?? []), run]);
  return found;
}

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer: 'wait=5' };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** As after the longest life of every request that was sent until now. */
async function lifeIsOver(): Promise<void> {
  await database.query(`update attempts set sent_at = sent_at - interval '10 minutes'`);
  await database.query(`update run_ids set kept_since = kept_since - interval '10 minutes'`);
  await database.query('update processes set next_look_at = clock_timestamp() where next_look_at is not null');
}

const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

describe('a portal that keeps run ids, with probes', () => {
  it('ends with every lost start executed exactly once and no incident', async () => {
    const portal = await Portal.open('probed', 'probe');
    try {
      await portal.start(named('known', 3));
      expect(await portal.runIds()).toBe('kept');
      const [ran, lost] = [named('ran', 20), named('lost', 20)];
      await portal.control('answers', { operation: 'start', do: 'lose', next: ran.length });
      await portal.start(ran);
      await portal.all('sent', ({ state }) => state === 'indeterminate' || state === 'running');
      await portal.control('answers', { operation: 'start', do: 'lose-before', next: lost.length });
      await portal.start(lost);
      await portal.all('sent', ({ state, attempts }) => attempts > 0 && state !== 'starting');

      await lifeIsOver();
      const processes = await portal.all('running', ({ state }) => state === 'running');

      const executed = await portal.executed();
      for (const note of [...ran, ...lost]) expect(executed.get(note)).toHaveLength(1);
      expect(processes.filter(({ hasIncident }) => hasIncident)).toEqual([]);
      expect(processes.filter(({ attempts }) => attempts === 2)).toHaveLength(lost.length);
      expect(processes.filter(({ adoption }) => adoption === 'reconciled_exact')).toHaveLength(ran.length);
    } finally {
      await portal.sandbox.close();
    }
  }, 90_000);

  it('notices that it stopped keeping them, and sends nothing again', async () => {
    const portal = await Portal.open('fickle', 'probe');
    try {
      await portal.start(named('known', 3));
      await portal.control('answers', { operation: 'start', do: 'lose-before', next: 3 });
      await portal.start(named('lost', 3));
      await portal.control('run-ids', { keeps: false });
      await portal.start(['after']);
      expect(await portal.runIds()).toBe('ignored');

      await lifeIsOver();
      const processes = await portal.all('settled', ({ state, hasIncident }) => state === 'running' || hasIncident);

      expect(processes.every(({ attempts }) => attempts === 1)).toBe(true);
      expect(processes.filter(({ hasIncident }) => hasIncident)).toHaveLength(3);
      expect([...(await portal.executed()).keys()].filter((note) => note.startsWith('lost'))).toEqual([]);
    } finally {
      await portal.sandbox.close();
    }
  }, 60_000);
});

describe('a portal that keeps run ids, without probes', () => {
  it('has every lost run that stands in its listing found exactly, twins too', async () => {
    const portal = await Portal.open('matched', 'match');
    try {
      await portal.start(named('known', 3));
      await portal.control('answers', { operation: 'start', do: 'lose', next: 4 });
      await portal.start(named('twin', 4), '7');

      const processes = await portal.all('running', ({ state }) => state === 'running');

      const executed = [...(await portal.executed()).values()].flat().map(({ nativeId }) => nativeId);
      expect(new Set(processes.map(({ nativeId }) => nativeId))).toEqual(new Set(executed));
      expect(processes.filter(({ adoption }) => adoption === 'reconciled_exact')).toHaveLength(4);
      expect(processes.every(({ attempts, hasIncident }) => attempts === 1 && !hasIncident)).toBe(true);
    } finally {
      await portal.sandbox.close();
    }
  }, 60_000);
});

describe('a portal that ignores run ids', () => {
  it('has nothing repeated and nothing claimed of twins', async () => {
    const portal = await Portal.open('own-ids', 'probe');
    try {
      await portal.control('run-ids', { keeps: false });
      await portal.start(named('known', 3));
      expect(await portal.runIds()).toBe('ignored');
      await portal.control('answers', { operation: 'start', do: 'lose', next: 2 });
      await portal.start(named('twin', 2), '7');

      const lost = await portal.all('settled', ({ state, hasIncident }) => state === 'running' || hasIncident);

      const twins = lost.filter(({ hasIncident }) => hasIncident);
      expect(twins).toHaveLength(2);
      expect(
        twins.every(({ state, nativeId, attempts }) => state === 'indeterminate' && !nativeId && attempts === 1),
      ).toBe(true);
      const executed = await portal.executed();
      expect(named('twin', 2).map((note) => executed.get(note)?.length)).toEqual([1, 1]);
    } finally {
      await portal.sandbox.close();
    }
  }, 60_000);
});
