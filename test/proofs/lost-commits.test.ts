import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { attempts, eventSequences, look, order, register, send, type Said } from './connections.js';
import { startPostgresProxy, type PostgresProxy, type StatementFault } from './postgres-proxy.js';
import { runReplica, type Replica } from './replica.js';
import { executed, openSandbox, proofStarts, uniqueValue } from './starts.js';

/** A gateway, and leases that have to run out. */
jest.setTimeout(180_000);

/** The comment at the start of a statement says which station of the way it is. */
const [accept, intend, settle] = ['/* accept */', '/* intend */', '/* settle */'];

const rounds = 4;
const losses = ['answer-lost', 'lost-before'] as const;

/** How many times in a row the same statement is lost: once, and its repetition too. */
const inARow = [1, 2] as const;
const everyLoss = losses.flatMap((loss) => inARow.map((times) => [loss, times] as const));

const [start] = proofStarts;
if (!start) throw new Error('There is a way to start');

describe('a commit whose answer is lost', () => {
  let database: FreshDatabase;
  let proxy: PostgresProxy;
  let sandbox: Sandbox;
  let gateway: Replica;
  let dataDir: string;

  beforeAll(async () => {
    database = await freshDatabase();
    proxy = await startPostgresProxy(database.url);
    sandbox = await openSandbox(start);
    dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
    gateway = await runReplica({ DATABASE_URL: proxy.url, DATA_DIR: dataDir, RECONCILE_DELAYS: '3600' });
    // What the portal would forgive, it must not: it takes the same start twice.
    const settings = { runIds: 'off' };
    for (const key of ['portal', 'paused']) {
      await register(gateway, key, { start, sandbox, baseUrl: sandbox.url, settings });
    }
    await send(gateway, uniqueValue(), { connection: 'portal', ...start.fields(uniqueValue()) });
  });

  afterAll(async () => {
    await gateway?.end();
    await sandbox?.close();
    await proxy?.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  afterEach(() => proxy.forget());

  const ran = async (unique: string) => (await executed(sandbox)).filter((one) => one === unique).length;

  const begin = (unique: string, connection: string, prefer?: string): Promise<Said> =>
    send(gateway, unique, { connection, ...start.fields(unique) }, prefer);

  /** A caller repeats its key while it is told that the outcome is unknown; gives everything that it was told. */
  async function insist(unique: string, connection: string, prefer?: string): Promise<readonly Said[]> {
    const heard: Said[] = [];
    await until(async () => {
      const said = await begin(unique, connection, prefer);
      heard.push(said);
      return said.status < 500 && said.status !== 409;
    }, 'an answer that is none of a broken database');
    expect(proxy.pending).toBe(0);
    return heard;
  }

  /** Only the truth was told: an accepted process, or that nobody knows. */
  function expectTruth(heard: readonly Said[]): string {
    const untrue = heard.filter(({ status, body }) =>
      status === 503 ? body.outcome !== 'unknown' : status !== 409 && body.id === undefined,
    );
    expect(untrue).toEqual([]);
    return heard.at(-1)?.body.id ?? '';
  }

  async function expectWhole(id: string): Promise<void> {
    const sequences = await eventSequences(gateway, id);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  }

  describe.each(everyLoss)('(%s, %i in a row)', (loss: StatementFault, times: number) => {
    it('of accepting a start that goes at once, starts it once and tells the truth', async () => {
      const accepted: { unique: string; id: string }[] = [];
      for (let round = 0; round < rounds; round++) {
        const unique = uniqueValue();
        proxy.fail(accept, loss, times);
        accepted.push({ unique, id: expectTruth(await insist(unique, 'portal', 'respond-async')) });
      }

      for (const { unique, id } of accepted) {
        // A replica that was not told of its own commit sends nothing: then the sweep decides.
        const { state } = await settled(id);
        expect(['running', 'indeterminate']).toContain(state);
        expect({ state, ran: await ran(unique) }).toEqual({ state, ran: state === 'running' ? 1 : 0 });
        await expectWhole(id);
      }
    });

    it('of accepting a start that has to wait, loses it neither nor doubles it', async () => {
      await order(gateway, 'connections/paused/pause');
      const accepted: { unique: string; id: string }[] = [];
      for (let round = 0; round < rounds; round++) {
        const unique = uniqueValue();
        proxy.fail(accept, loss, times);
        accepted.push({ unique, id: expectTruth(await insist(unique, 'paused', 'respond-async')) });
      }
      await order(gateway, 'connections/paused/resume');

      for (const { unique, id } of accepted) {
        await until(async () => (await look(gateway, id)).state === 'running', 'the queued start to go');
        expect(await ran(unique)).toBe(1);
        await expectWhole(id);
      }
    });

    it('of the verdict, is written by repeating it', async () => {
      for (let round = 0; round < rounds; round++) {
        const unique = uniqueValue();
        // One after another: verdicts that come together share a statement, and so its loss.
        proxy.fail(settle, loss, times);
        const id = (await begin(unique, 'portal')).body.id ?? '';
        await until(() => proxy.pending === 0, 'every repetition to be lost that is to be');

        expect(await settled(id)).toMatchObject({ state: 'running', adoption: 'direct', attempts: 1 });
        expect(await attempts(gateway, id)).toEqual(['attempt.accepted']);
        expect(await ran(unique)).toBe(1);
        await expectWhole(id);
      }
    });
  });

  it.each(losses)('(%s) of an intent sends nothing, and the sweep decides', async (loss) => {
    await order(gateway, 'connections/paused/pause');
    const accepted: { unique: string; id: string }[] = [];
    for (let round = 0; round < rounds; round++) {
      const unique = uniqueValue();
      accepted.push({ unique, id: (await begin(unique, 'paused', 'respond-async')).body.id ?? '' });
    }
    proxy.fail(intend, loss, rounds);
    await order(gateway, 'connections/paused/resume');
    // Those that are claimed together share a statement, and so its loss.
    await until(() => proxy.pending < rounds, 'an intent to be lost');

    for (const { unique, id } of accepted) {
      const { state } = await settled(id);
      expect({ loss, state, ran: await ran(unique) }).toEqual(
        // One that never was is made again; one that may be is not.
        loss === 'lost-before' ? { loss, state: 'running', ran: 1 } : { loss, state: 'indeterminate', ran: 0 },
      );
      await expectWhole(id);
    }
  });

  function settled(id: string): Promise<Awaited<ReturnType<typeof look>>> {
    return until(async () => {
      const shown = await look(gateway, id);
      return shown.state === 'queued' || shown.state === 'starting' ? null : shown;
    }, 'the start to come to rest');
  }
});
