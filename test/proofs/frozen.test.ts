import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { attempts, eventSequences, look, register, send } from './connections.js';
import { pass, startCuttingProxy, type CuttingProxy, type Fault } from './cutting-proxy.js';
import type { KillPoint } from './kill-points.js';
import { runReplica, type Replica } from './replica.js';
import { executed, openSandbox, proofStarts, uniqueIn, uniqueValue, workflow, type ProofStart } from './starts.js';

/** Two replicas have to start, and leases to run out. */
jest.setTimeout(180_000);

interface Portal {
  readonly start: ProofStart;
  readonly sandbox: Sandbox;
  readonly proxy: CuttingProxy;
}

describe('a replica that is frozen past its lease', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let frozen: Replica;
  let other: Replica;
  const portals = new Map<string, Portal>();
  const faults = new Map<string | null, Fault>();

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
    // No look comes in between: what is known of the start is what its late attempt says.
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, RECONCILE_DELAYS: '3600' };
    [frozen, other] = await Promise.all([runReplica(env), runReplica(env)]);
    for (const start of proofStarts) {
      const sandbox = await openSandbox(start);
      const proxy = await startCuttingProxy(sandbox, (request) => faults.get(uniqueIn(request)) ?? pass);
      const settings = start.name === 'workflow' ? { runIds: 'off' } : {};
      await register(frozen, start.key, { start, sandbox, baseUrl: proxy.url, settings });
      await send(frozen, uniqueValue(), { connection: start.key, ...start.fields(uniqueValue()) });
      portals.set(start.key, { start, sandbox, proxy });
    }
  });

  afterEach(() => frozen.signal('SIGCONT'));

  afterAll(async () => {
    await frozen?.end();
    await other?.end();
    for (const { proxy, sandbox } of portals.values()) await proxy.close().then(() => sandbox.close());
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const stateOf = async (id: string) => (await look(other, id)).state;

  /** How often the portals received a start, and how often they executed it. */
  async function at(unique: string): Promise<{ readonly sent: number; readonly ran: number }> {
    const all = [...portals.values()];
    const requests = all.flatMap(({ proxy }) => proxy.exchanges);
    const runs = (await Promise.all(all.map(({ sandbox }) => executed(sandbox)))).flat();
    const sent = requests.filter(({ request }) => uniqueIn(request) === unique).length;
    return { sent, ran: runs.filter((one) => one === unique).length };
  }

  /** Starts at the replica that will freeze, and gives the process's id before it does. */
  async function begin(unique: string, start: ProofStart): Promise<string> {
    const body = { connection: start.key, ...start.fields(unique) };
    // Whoever freezes cannot answer: the other one knows the process by its key.
    const asked = send(frozen, unique, body, 'respond-async').catch(() => null);
    return until(async () => {
      const found = await fetch(`${other.url}/v1/idempotency-keys/${unique}`);
      return found.ok ? ((await found.json()) as { readonly processId: string }).processId : null;
    }, 'the accepted start').finally(() => void asked);
  }

  async function expectWhole(id: string): Promise<void> {
    const sequences = await eventSequences(other, id);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  }

  it.each(proofStarts)('in the start of a $name changes no state, and what it learnt counts', async (start) => {
    const unique = uniqueValue();
    let letGo = (): void => {};
    faults.set(unique, { do: 'hold', until: new Promise<void>((resolve) => (letGo = resolve)) });
    const id = await begin(unique, start);
    await until(async () => (await at(unique)).ran === 1, 'the platform to have executed the start');
    frozen.signal('SIGSTOP');
    await until(async () => (await stateOf(id)) === 'indeterminate', 'the sweep by the other replica');
    letGo();
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(id)) === 'running', 'the late answer');
    expect(await look(other, id)).toMatchObject({ adoption: 'reconciled_exact', attempts: 1 });
    expect(await attempts(other, id)).toEqual(['attempt.accepted']);
    expect(await at(unique)).toEqual({ sent: 1, ran: 1 });
    await expectWhole(id);
  });

  it.each<[point: KillPoint, attempts: readonly string[]]>([
    // Its time to write was over when the connection stood, so it goes again.
    ['after accept', ['attempt.not_sent', 'attempt.accepted']],
    ['before the dial', ['attempt.not_sent', 'attempt.accepted']],
    // It had been let through and could not know: the residual that no software closes.
    ['on the connected socket', ['attempt.accepted']],
    ['after the first bytes', ['attempt.accepted']],
    ['at the first byte of the answer', ['attempt.accepted']],
    ['before settle', ['attempt.accepted']],
  ])('%s leaves one run', async (point, classes) => {
    const unique = uniqueValue();
    frozen.arm({ point, passing: 1, by: 'SIGSTOP' });
    const id = await begin(unique, workflow);
    await until(async () => (await stateOf(id)) === 'indeterminate', 'the sweep by the other replica');
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(id)) === 'running', 'what the frozen one learnt');
    expect(await attempts(other, id)).toEqual(classes);
    expect(await at(unique)).toEqual({ sent: 1, ran: 1 });
    await expectWhole(id);
  });
});
