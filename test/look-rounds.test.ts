import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { z } from 'zod';
import { startCreatioSandbox, type CreatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { runReplica, type Replica } from './proofs/replica.js';
import { until } from './until.js';

/** Each fact takes two starts of a whole gateway. */
jest.setTimeout(240_000);

const Accepted = z.object({ id: z.string() });
const Process = z.object({
  id: z.string(),
  state: z.string(),
  nativeId: z.string(),
  revision: z.int(),
  observedAt: z.coerce.date(),
});
const Requests = z.array(z.object({ operation: z.string(), status: z.int().nullable() }));

describe('looks at runs by two replicas', () => {
  let database: FreshDatabase;
  let sql: Client;
  let dataDir: string;
  let portal: CreatioSandbox;
  let replicas: Replica[];
  const run = (): Promise<Replica> =>
    runReplica({ DATABASE_URL: database.url, DATA_DIR: dataDir, STATUS_POLL_SECONDS: '3600' });
  const url = (): string => replicas.find((one) => !one.isGone())?.url ?? '';

  beforeEach(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'look-rounds-'));
    portal = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
    replicas = [await run(), await run()];
    sql = new Client({ connectionString: database.url });
    await sql.connect();
  });

  afterEach(async () => {
    await sql?.end();
    for (const one of replicas ?? []) await one.end();
    await portal?.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function post(address: string, body: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json', prefer: 'wait=20' };
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  async function started(count: number): Promise<z.infer<typeof Process>[]> {
    const auth = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };
    await post(`${url()}/v1/connections`, { key: 'erp', platform: 'creatio', baseUrl: portal.url, auth });
    const some = Array.from({ length: count }, () =>
      post(`${url()}/v1/processes`, { connection: 'erp', definition: 'UsrApproval' }),
    );
    const ids = (await Promise.all(some)).map((body) => Accepted.parse(body).id);
    return Promise.all(ids.map((id) => until(() => identified(id), 'a run to be known')));
  }

  async function identified(id: string): Promise<z.infer<typeof Process> | false> {
    const body: unknown = await (await fetch(`${url()}/v1/processes/${id}`)).json();
    return Process.safeParse(body).data ?? false;
  }

  const find = async (id: string) => Process.parse(await (await fetch(`${url()}/v1/processes/${id}`)).json());
  const order = (path: string, body: object): Promise<unknown> => post(`${portal.url}/_sandbox/${path}`, body);
  const asked = async (): Promise<number> => {
    const requests = Requests.parse(await (await fetch(`${portal.url}/_sandbox/requests`)).json());
    return requests.filter(({ operation }) => operation === 'odata/SysProcessLog').length;
  };
  /** Whether the round is over: all runs are seen, and the next one is far off. */
  const isRoundOver = async (looks: number): Promise<boolean> => {
    const { rowCount } = await sql.query(
      `select from look_rounds
       where state = 'running' and looks >= $1 and after is null and due_at > clock_timestamp() + interval '30 minutes'`,
      [looks],
    );
    return rowCount === 1;
  };
  const looksOf = async (): Promise<number> => {
    const { rows } = await sql.query<{ looks: string }>(`select looks from look_rounds where state = 'running'`);
    return Number(rows[0]?.looks);
  };
  /** Lets the time of a round pass. */
  const pass = async (): Promise<void> => {
    await sql.query(`update seen_runs set looked_at = looked_at - interval '2 hours'`);
    await sql.query(`update look_rounds set due_at = due_at - interval '2 hours'`);
  };
  const versions = async (): Promise<unknown> =>
    (await sql.query('select id, ctid::text, xmin::text from processes order by id')).rows;

  it('are one for each run in a round, and write nothing of those that stand as they stood', async () => {
    const processes = await started(50);
    // The first may have begun before all of them ran.
    await until(() => isRoundOver(1), 'the first round', 60_000);
    const looks = await looksOf();
    await pass();
    await until(() => isRoundOver(looks + 3), 'a round of all', 60_000);
    const before = { asked: await asked(), versions: await versions(), looks: await looksOf() };
    await pass();
    const passed = new Date();
    await until(() => isRoundOver(before.looks + 3), 'another round of all', 60_000);

    // Twenty ids are asked for at once.
    expect((await asked()) - before.asked).toBe(3);
    expect(await versions()).toEqual(before.versions);
    for (const { id, revision } of processes) {
      const now = await find(id);
      expect(now.revision).toBe(revision);
      expect(now.observedAt.getTime()).toBeGreaterThanOrEqual(passed.getTime() - 1000);
    }
  });

  it('write what is new, and claim nothing of a round that has not come', async () => {
    const [ended, running] = await started(2);
    if (!ended || !running) throw new Error('Two were started');
    await until(() => isRoundOver(1), 'the first round', 60_000);
    const before = await find(running.id);
    await order(`runs/${ended.nativeId}/finish`, { outcome: 'completed' });

    expect(await find(running.id)).toEqual(before);
    await pass();
    await until(async () => (await find(ended.id)).state === 'completed', 'the second round', 60_000);
    expect((await find(running.id)).revision).toBe(before.revision);
  });

  it('go on when the one that looks is killed with -9', async () => {
    const [process] = await started(1);
    if (!process) throw new Error('One was started');
    await until(() => isRoundOver(1), 'the first round', 60_000);
    const before = await asked();
    await order('answers', { operation: 'observe', do: 'hang' });
    await order(`runs/${process.nativeId}/finish`, { outcome: 'completed' });
    await pass();
    await until(async () => (await asked()) > before, 'a look', 60_000);
    // One of them has it, and who that is nobody knows.
    for (const one of replicas) one.signal('SIGKILL');
    await Promise.all(replicas.map(({ gone }) => gone));
    await order('answers', { operation: 'observe', do: 'answer' });
    replicas = [await run()];
    await pass();

    const isSeen = async (): Promise<boolean> => (await find(process.id)).state === 'completed';
    expect(await until(isSeen, 'another look', 60_000)).toBe(true);
  });
});
