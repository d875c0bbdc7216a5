import type { Sandbox } from '../src/platforms/sandbox.js';
import type { TestGateway } from './gateway.js';
import { Caller, limit, replica, requestsTo, simulatedPortal } from './limited-portal.js';
import { until } from './until.js';

let first: TestGateway;
let second: TestGateway;
let callers: readonly Caller[];
let portal: Sandbox;

beforeAll(async () => {
  first = await replica();
  second = await replica(first);
  callers = [new Caller(first.url), new Caller(second.url)];
});
afterAll(async () => {
  await second?.close();
  await first?.close();
});
beforeEach(async () => {
  portal = await simulatedPortal();
});
afterEach(() => portal.close());

const [rate, burst] = [2, 12];

/** Has so many starts accepted, each on a lead of its own, and resolves to the caller. */
async function startAll(connection: string, starts: number, limits: object = {}): Promise<Caller> {
  const [caller] = callers;
  if (!caller) throw new Error('There are two replicas');
  await caller.register(connection, portal.url, { requestsPerSecond: rate, burst, ...limits });
  await limit(portal, { burst, perSecond: rate });
  for (let lead = 1; lead <= starts; lead += 1) {
    const answer = await callers[lead % 2]?.start(connection, { lead });
    expect(answer?.status).toBe(202);
  }
  return caller;
}

/** Leads of the runs that the portal has executed, by its own log. */
async function ran(): Promise<readonly string[]> {
  const runs = (await (await fetch(`${portal.url}/_sandbox/runs`)).json()) as { document?: readonly string[] }[];
  return runs.map((run) => JSON.stringify(run.document));
}

/** Requests with several starts; looks at runs are made of several reads, too. */
async function batchesTo(): Promise<number> {
  const answer = await fetch(`${portal.url}/_sandbox/requests`);
  const lines = (await answer.json()) as { operation: string }[];
  // The first command of a request is logged right behind it.
  return lines.filter(({ operation }, at) => operation === 'batch' && lines[at + 1]?.operation === 'start').length;
}

describe('starts that are more than a portal takes requests', () => {
  it('ride together, each once and with an answer of its own', async () => {
    const starts = 200;
    const begun = performance.now();
    const caller = await startAll('many', starts);
    await until(async () => (await caller.count('many', 'running')) === starts, 'all of them', 40_000);

    const leads = await ran();
    expect(leads).toHaveLength(starts);
    expect(await batchesTo()).toBeGreaterThan(2);
    // Alone they would have taken 94 s.
    expect(performance.now() - begun).toBeLessThan(40_000);
    const refused = (await requestsTo(portal)).filter(({ status }) => status === 503);
    expect(refused.length).toBeLessThanOrEqual(2);
  });

  it('are lost together and each for itself, and none is sent again', async () => {
    await fetch(`${portal.url}/_sandbox/answers`, {
      method: 'POST',
      body: JSON.stringify({ operation: 'start', do: 'lose', next: 3 }),
    });
    const starts = 60;
    const caller = await startAll('lossy', starts);
    await until(async () => (await caller.count('lossy', 'queued')) === 0, 'all of them to be sent', 40_000);
    await until(async () => (await caller.count('lossy', 'starting')) === 0, 'their verdicts', 10_000);

    expect(await ran()).toHaveLength(starts);
    const states = await Promise.all(['running', 'indeterminate'].map((state) => caller.count('lossy', state)));
    expect(states.reduce((sum, count) => sum + count, 0)).toBe(starts);
  });

  it('share one id of their request in their histories', async () => {
    const caller = await startAll('told', 40);
    await until(async () => (await caller.count('told', 'running')) === 40, 'all of them', 40_000);
    const list = await fetch(`${first.url}/v1/processes?connection=told&limit=200`);
    const { items } = (await list.json()) as { items: { id: string }[] };
    const batches = new Map<string | null, number>();
    for (const { id } of items) {
      const history = await fetch(`${first.url}/v1/processes/${id}/history`);
      const lines = (await history.json()) as { items: { kind: string; data: { batchId?: string | null } }[] };
      for (const { kind, data } of lines.items) {
        const batchId = data.batchId ?? null;
        if (kind === 'attempt') batches.set(batchId, (batches.get(batchId) ?? 0) + 1);
      }
    }
    const shared = [...batches].filter(([batchId]) => batchId !== null);
    expect(shared.length).toBe(await batchesTo());
    expect(Math.max(...shared.map(([, count]) => count))).toBeGreaterThan(1);
  });

  it('go one by one where the connection wants it so', async () => {
    const caller = await startAll('singly', burst + 4, { batch: 'off' });
    await until(async () => (await caller.count('singly', 'running')) === burst + 4, 'all of them', 40_000);
    expect(await batchesTo()).toBe(0);
  });
});
