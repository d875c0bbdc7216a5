import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { look, register, send } from './connections.js';
import { runReplica, type Replica } from './replica.js';
import { executed, openSandbox, uniqueValue, workflow, type ProofStart } from './starts.js';

/** Two replicas have to start. */
jest.setTimeout(180_000);

/** By application, whose tokens end. */
const start: ProofStart = { ...workflow, connection: 1 };

interface SeenByPortal {
  readonly method: string;
  readonly executed: boolean;
  readonly status: number | null;
}

let database: FreshDatabase;
let sql: Client;
let dataDir: string;
let replicas: readonly [Replica, Replica];
let sandbox: Sandbox;
let key: string;
let registered = 0;

beforeAll(async () => {
  database = await freshDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, LEASE_SECONDS: '4', LOG_LEVEL: 'trace' };
  replicas = await Promise.all([runReplica(env), runReplica(env)]);
});
beforeEach(async () => {
  registered += 1;
  key = `application-${registered}`;
  sandbox = await openSandbox(start);
  await register(replicas[0], key, { start, sandbox, baseUrl: sandbox.url, settings: { runIds: 'off' } });
  for (const replica of replicas) await sent(replica, uniqueValue());
});
afterEach(() => sandbox.close());
afterAll(async () => {
  for (const replica of replicas ?? []) await replica.end();
  await sql?.end();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const sent = (replica: Replica, unique: string, prefer?: string): ReturnType<typeof send> =>
  send(replica, unique, { connection: key, ...start.fields(unique) }, prefer);

async function control(path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

const expireTokens = (): Promise<void> => control('oauth', { expireTokens: true });

/** What the authorization server was asked, oldest first: whether it gave a pair. */
async function renewals(): Promise<readonly boolean[]> {
  const seen: readonly SeenByPortal[] = Object(await (await fetch(`${sandbox.url}/_sandbox/requests`)).json());
  return seen.filter(({ method }) => method === 'oauth/token').map((one) => one.executed);
}

async function stateOf(replica: Replica): Promise<unknown> {
  return Object(await (await fetch(`${replica.url}/v1/connections/${key}`)).json()).state;
}

async function openIncidents(replica: Replica): Promise<number> {
  const answer = await fetch(`${replica.url}/v1/incidents?connection=${key}&kind=reauthorization-required`);
  return Object(await answer.json()).items.length;
}

function expectNoSecret(): void {
  const said = replicas.map((replica) => replica.said()).join('');
  expect(said).not.toMatch(/sandbox-client-secret|"refresh_token=|access_token/);
}

describe('a token that ends', () => {
  it('is renewed once for 40 starts at two replicas, and each of them runs once', async () => {
    await expireTokens();
    // Long enough for both replicas to need it at the same time.
    await control('delay', { operation: 'sign_in', ms: 1500 });
    const uniques = Array.from({ length: 40 }, uniqueValue);

    const answers = await Promise.all(uniques.map((unique, index) => sent(replicas[index % 2 === 0 ? 0 : 1], unique)));

    const ids = answers.map(({ body }) => String(body.id));
    await until(
      async () => (await Promise.all(ids.map((id) => look(replicas[0], id)))).every(({ state }) => state === 'running'),
      'all starts to run',
      60_000,
    );
    const ran = await executed(sandbox);
    expect(ran.filter((one) => uniques.includes(one)).toSorted()).toEqual(uniques.toSorted());
    expect(await renewals()).toEqual([true]);
    expectNoSecret();
  });
});

describe('a replica that is frozen while it renews', () => {
  it('past its lease stores the pair that it was given, and both replicas use it', async () => {
    const [frozen, other] = replicas;
    await expireTokens();
    const [first, second] = [uniqueValue(), uniqueValue()];
    // Its start is refused for the token; the answer to its renewal is the next one that comes.
    frozen.arm({ point: 'at the first byte of the answer', passing: 2, by: 'SIGSTOP' });
    void sent(frozen, first, 'respond-async').catch(() => null);
    await until(async () => (await renewals()).length === 1, 'the pair to be given to the frozen one');
    await until(async () => (await acceptedAs(first)) !== null, 'the first start to be known');

    void sent(other, second, 'respond-async').catch(() => null);
    // As after the lease of the one that is frozen.
    await until(async () => {
      await sql.query('update connections set renewing_until = clock_timestamp() where key = $1', [key]);
      return (await renewals()).length === 2;
    }, 'the other one to try once more');
    await until(async () => (await stateOf(other)) === 'reauthorization_required', 'the refusal to be known');
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(other)) === 'active', 'the pair to be stored', 20_000);
    const third = uniqueValue();
    expect((await sent(other, third)).body.state).toBe('running');
    const all = [first, second, third];
    const ranOf = async (): Promise<readonly string[]> => (await executed(sandbox)).filter((one) => all.includes(one));
    await until(async () => (await ranOf()).length >= all.length, 'all starts to have run', 60_000);
    expect((await ranOf()).toSorted()).toEqual(all.toSorted());
    expect(await renewals()).toEqual([true, false]);
    expect(await openIncidents(other)).toBe(1);
    expectNoSecret();
  });
});

/** The id of the process of a start; `null`: nobody has accepted it yet. */
async function acceptedAs(unique: string): Promise<string | null> {
  const found = await fetch(`${replicas[1].url}/v1/idempotency-keys/${unique}`);
  return found.ok ? String(Object(await found.json()).processId) : null;
}
