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
import { executed, openSandbox, proofStarts, uniqueIn, uniqueValue } from './starts.js';

/** Two replicas have to start, and leases to run out. */
jest.setTimeout(90_000);

describe.each(proofStarts)('a replica that is frozen past its lease in the start of a $name', (start) => {
  let database: FreshDatabase;
  let dataDir: string;
  let sandbox: Sandbox;
  let proxy: CuttingProxy;
  let frozen: Replica;
  let other: Replica;
  const faults = new Map<string | null, Fault>();

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
    sandbox = await openSandbox(start);
    proxy = await startCuttingProxy(sandbox, (request) => faults.get(uniqueIn(request)) ?? pass);
    // No look comes in between: what is known of the start is what its late attempt says.
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, RECONCILE_DELAYS: '3600' };
    frozen = await runReplica(env);
    other = await runReplica(env);
    const settings = start.name === 'workflow' ? { runIds: 'off' } : {};
    await register(frozen, 'portal', { start, sandbox, baseUrl: proxy.url, settings });
    await send(frozen, uniqueValue(), { connection: 'portal', ...start.fields(uniqueValue()) });
  });

  afterEach(() => frozen.signal('SIGCONT'));

  afterAll(async () => {
    await frozen?.end();
    await other?.end();
    await proxy?.close();
    await sandbox?.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const sent = (unique: string) => proxy.exchanges.filter(({ request }) => uniqueIn(request) === unique).length;
  const ran = async (unique: string) => (await executed(sandbox)).filter((one) => one === unique).length;
  const stateOf = async (id: string) => (await look(other, id)).state;

  /** Starts at the replica that will freeze, and gives the process's id before it does. */
  async function begin(unique: string): Promise<string> {
    // Whoever freezes cannot answer: the other one knows the process by its key.
    const asked = send(frozen, unique, { connection: 'portal', ...start.fields(unique) }, 'respond-async').catch(
      () => null,
    );
    return until(async () => {
      const found = await fetch(`${other.url}/v1/idempotency-keys/${unique}`);
      return found.ok ? ((await found.json()) as { readonly processId: string }).processId : null;
    }, 'the accepted start').finally(() => void asked);
  }

  async function expectWhole(id: string): Promise<void> {
    const sequences = await eventSequences(other, id);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  }

  it('changes no state while the answer is on its way, and what it learnt is an exact match', async () => {
    const unique = uniqueValue();
    let letGo = (): void => {};
    faults.set(unique, { do: 'hold', until: new Promise<void>((resolve) => (letGo = resolve)) });
    const id = await begin(unique);
    await until(async () => (await ran(unique)) === 1, 'the platform to have executed the start');
    frozen.signal('SIGSTOP');
    await until(async () => (await stateOf(id)) === 'indeterminate', 'the sweep by the other replica');
    letGo();
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(id)) === 'running', 'the late answer');
    expect(await look(other, id)).toMatchObject({ adoption: 'reconciled_exact', attempts: 1 });
    expect(await attempts(other, id)).toEqual(['attempt.accepted']);
    expect({ sent: sent(unique), ran: await ran(unique) }).toEqual({ sent: 1, ran: 1 });
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
  ])('%s, leaves one run', async (point, classes) => {
    const unique = uniqueValue();
    frozen.arm({ point, passing: 1, by: 'SIGSTOP' });
    const id = await begin(unique);
    await until(async () => (await stateOf(id)) === 'indeterminate', 'the sweep by the other replica');
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(id)) === 'running', 'what the frozen one learnt');
    expect(await attempts(other, id)).toEqual(classes);
    expect({ sent: sent(unique), ran: await ran(unique) }).toEqual({ sent: 1, ran: 1 });
    await expectWhole(id);
  });
});
