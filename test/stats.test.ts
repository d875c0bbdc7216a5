import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { z } from 'zod';
import { freshDatabase, type FreshDatabase } from './database.js';
import { openApiAnswers } from './openapi-answers.js';
import { runGateway, type RunningGateway } from './running-gateway.js';
import { until } from './until.js';

jest.setTimeout(240_000);

const admin = 'key-of-the-administrator';
const Stats = z.object({
  byState: z.record(z.string(), z.number()),
  byConnection: z.record(z.string(), z.number()),
  byHour: z.array(
    z.object({
      hour: z.string(),
      started: z.number(),
      closed: z.number(),
      rejected: z.number(),
      indeterminate: z.number(),
    }),
  ),
});
type Stats = z.infer<typeof Stats>;

const started = z.object({ id: z.string() });
const made = z.object({ key: z.string() });

let fresh: FreshDatabase;
let dataDir: string;
let database: Client;
let gateway: RunningGateway;

const run = (): Promise<RunningGateway> =>
  runGateway({
    DATABASE_URL: fresh.url,
    DATA_DIR: dataDir,
    CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    SANDBOX: 'on',
    AUTH: 'on',
    BOOTSTRAP_API_KEY: admin,
    STATUS_POLL_SECONDS: '1',
    LEASE_SECONDS: '3',
    RECONCILE_DELAYS: '1,600',
  });

beforeAll(async () => {
  fresh = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'stats-'));
  database = new Client({ connectionString: fresh.url });
  await database.connect();
  gateway = await run();
});
afterAll(async () => {
  await gateway?.end('SIGKILL');
  await database?.end();
  await fresh?.drop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function post(path: string, body: object, key = admin, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** A client with what limits it; gives its key. */
async function client(name: string, limits: object): Promise<string> {
  const scopes = ['processes:read', 'processes:start', 'processes:terminate', 'processes:kill'];
  return made.parse(await post('/v1/clients', { name, scopes, requireIdempotencyKey: false, ...limits })).key;
}

async function stats(key: string): Promise<{ stats: Stats; age: string | null }> {
  const answer = await fetch(`${gateway.url}/v1/stats`, { headers: { authorization: `Bearer ${key}` } });
  const contract = await openApiAnswers(gateway.url);
  return { stats: Stats.parse(await contract.body('GET /v1/stats', answer)), age: answer.headers.get('data-age') };
}

const states =
  'queued starting indeterminate running terminating completed failed terminated killed ended rejected expired withdrawn';
const closed = `('completed', 'failed', 'terminated', 'killed', 'ended', 'rejected', 'expired', 'withdrawn')`;

/** The same, counted one by one of the processes that fulfil a condition. */
async function counted(condition: string): Promise<Stats> {
  const numbers = async (column: string): Promise<Record<string, number>> => {
    const { rows } = await database.query<{ name: string; count: number }>(
      `select ${column} as name, count(*)::int as count from processes p where ${condition} group by 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  };
  const { rows } = await database.query<
    { hour: Date } & Record<'started' | 'closed' | 'rejected' | 'indeterminate', number>
  >(
    `select date_trunc('hour', time, 'UTC') as hour,
       count(*) filter (where type in ('process.started', 'process.reconciled'))::int as started,
       count(*) filter (where state in ${closed} and was not in ${closed})::int as closed,
       count(*) filter (where state = 'rejected' and was <> 'rejected')::int as rejected,
       count(*) filter (where type = 'process.indeterminate')::int as indeterminate
     from (
       select e.*, coalesce(e.data ->> 'state', 'queued') as state,
         lag(coalesce(e.data ->> 'state', 'queued'), 1, 'none') over (partition by e.process_id order by e.sequence) as was
       from events e
       join processes p on p.id = e.process_id
       where e.type like 'process.%' and ${condition}
     ) step
     group by 1
     order by 1`,
  );
  return {
    byState: { ...Object.fromEntries(states.split(' ').map((state) => [state, 0])), ...(await numbers('state')) },
    byConnection: await numbers('connection'),
    byHour: rows.map(({ hour, ...row }) => ({ hour: hour.toISOString(), ...row })),
  };
}

/** Counted the same both ways, once nothing is left to count. */
async function agrees(key: string, condition: string): Promise<Stats> {
  let seen: unknown;
  return until(
    async () => {
      const before = await counted(condition);
      const { stats: shown, age } = await stats(key);
      seen = { shown, before };
      const isSame = age === '0' && JSON.stringify(sorted(shown)) === JSON.stringify(sorted(before));
      return isSame && shown;
    },
    'the counts to be those of the processes',
    60_000,
  ).catch((error: unknown) => {
    throw new Error(JSON.stringify(seen, null, 1), { cause: error });
  });
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function sorted({ byState, byConnection, byHour }: Stats): unknown {
  const entries = (counts: Record<string, number>): unknown => Object.entries(counts).toSorted(byName);
  const hours = byHour.filter((one) => one.started + one.closed + one.rejected + one.indeterminate > 0);
  return [entries(byState), entries(byConnection), hours.map((hour) => Object.entries(hour).toSorted(byName))];
}

/** Every kind of start that comes to an end, and some that do not. */
async function traffic(keys: readonly string[], rounds: number): Promise<void> {
  const bitrix = ['2', '3', '4', '5', '6', '9'].map((definition) => ({
    connection: 'sandbox-bitrix24',
    definition,
    subject: { type: 'crm.lead', id: '1' },
    onIndeterminate: 'continue',
  }));
  const creatio = ['UsrApproval', 'UsrImport', 'UsrOrderCheck', 'UsrSlow'].map((definition) => ({
    connection: 'sandbox-creatio',
    definition,
  }));
  for (let round = 0; round < rounds; round += 1) {
    const accepted = await Promise.all(
      keys.flatMap((key) =>
        [...bitrix, ...creatio].map((body) =>
          post('/v1/processes', body, key, { prefer: round % 2 === 0 ? 'respond-async' : 'wait=5' }),
        ),
      ),
    );
    const ids = accepted.flatMap((one) => started.safeParse(one).data?.id ?? []);
    await Promise.all(
      ids
        .filter((_, number) => number % 3 === round % 3)
        .map((id, number) =>
          number % 2 === 0
            ? post(`/v1/processes/${id}/terminate`, {}, admin, { prefer: 'respond-async' })
            : post(`/v1/processes/${id}/kill`, { confirm: id }, admin, { prefer: 'respond-async' }),
        ),
    );
  }
}

describe('GET /v1/stats', () => {
  it('counts what a count of every process gives, of what the caller may see, also after kills with -9', async () => {
    const erp = await client('erp', {});
    const own = await client('own', { sees: 'own' });
    const creatio = await client('creatio', { connections: ['sandbox-creatio'] });
    const one = await client('one', { definitions: ['2', 'UsrApproval'] });
    for (let kill = 0; kill < 3; kill += 1) {
      const busy = traffic([erp, own], 2).catch(() => {});
      await until(
        async () =>
          (await database.query('select from events where written_in > (select written_in from stats_mark)')).rowCount,
        'something to count',
      );
      await gateway.end('SIGKILL');
      await busy;
      gateway = await run();
    }
    await traffic([erp, own], 2);

    const all = await agrees(admin, 'true');
    expect(Object.values(all.byState).filter((count) => count > 0).length).toBeGreaterThan(4);
    expect(all.byHour.length).toBeGreaterThan(0);
    await agrees(own, `p.created_by = 'own'`);
    await agrees(one, `p.definition in ('2', 'UsrApproval')`);
    expect(Object.keys((await agrees(creatio, `p.connection = 'sandbox-creatio'`)).byConnection)).toEqual([
      'sandbox-creatio',
    ]);
  });

  it('counts everything anew where the database was copied to another cluster', async () => {
    await agrees(admin, 'true');
    // As a cluster sees it whose transactions have lower numbers.
    await database.query(`update events set written_in = '9000000000000'`);
    await database.query(`update stats_mark set written_in = '9000000000000'`);
    await traffic([admin], 1);

    expect((await agrees(admin, 'true')).byHour.length).toBeGreaterThan(0);
  });

  it('takes no parameters and is for those who may read', async () => {
    const noReader = made.parse(
      await post('/v1/clients', { name: 'no-reader', scopes: ['processes:start'], requireIdempotencyKey: false }),
    ).key;
    const status = async (path: string, key: string): Promise<number> =>
      (await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status;

    expect(await status('/v1/stats?state=running', admin)).toBe(400);
    expect(await status('/v1/stats', noReader)).toBe(403);
  });
});
