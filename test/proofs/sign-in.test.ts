import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { look, register, send } from './connections.js';
import type { Armed } from './kill-points.js';
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
  // Nothing but starts asks the portals, so that it is known whose answer is the next one.
  const quiet = { STATUS_POLL_SECONDS: '86400', RECONCILE_DELAYS: '3600', LOG_LEVEL: 'trace' };
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, LEASE_SECONDS: '4', ...quiet };
  replicas = await Promise.all([runReplica(env), runReplica(env)]);
});
beforeEach(async () => {
  registered += 1;
  key = `application-${registered}`;
  sandbox = await openSandbox(start);
  await register(replicas[0], key, { start, sandbox, baseUrl: sandbox.url, settings: { runIds: 'off' } });
  // The first look at runs would come with the first of them.
  await sql.query(
    `insert into look_rounds (connection, state, due_at, looks)
     select $1, state, clock_timestamp() + interval '1 day', 0 from unnest(array['running', 'terminating']) state`,
    [key],
  );
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

async function incidents(replica: Replica): Promise<readonly object[]> {
  const answer = await fetch(`${replica.url}/v1/incidents?connection=${key}&kind=reauthorization-required`);
  return Object(await answer.json()).items;
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
      'all starts to run, none of them put off for a sign-in that another replica has done',
      25_000,
    );
    const ran = await executed(sandbox);
    expect(ran.filter((one) => uniques.includes(one)).toSorted()).toEqual(uniques.toSorted());
    expect(await renewals()).toEqual([true]);
    expectNoSecret();
  });
});

/** Two starts whose token has ended: one at a replica that stops as it renews, one at the other, which waits for it. */
async function stopped(armed: Armed, asked: number): Promise<readonly [first: string, second: string]> {
  const [holder, other] = replicas;
  await expireTokens();
  const [first, second] = [uniqueValue(), uniqueValue()];
  holder.arm(armed);
  // A start that was refused for its token is anybody's: the other one would claim it, and renew in the holder's place.
  other.signal('SIGSTOP');
  void sent(holder, first, 'respond-async').catch(() => null);
  await until(
    async () => (await renewals()).length >= asked && (await isClaimed()),
    'the renewal to be under way',
  ).finally(() => other.signal('SIGCONT'));
  await until(async () => (await acceptedAs(first)) !== null, 'the first start to be known');
  void sent(other, second, 'respond-async').catch(() => null);
  await until(async () => (await acceptedAs(second)) !== null, 'the second start to be accepted');
  // As after the lease of the holder.
  await until(async () => {
    await sql.query('update connections set renewing_until = clock_timestamp() where key = $1', [key]);
    return (await renewals()).length > asked;
  }, 'the other one to try once more');
  return [first, second];
}

async function isClaimed(): Promise<boolean> {
  const { rows } = await sql.query('select from connections where key = $1 and renewing_until > clock_timestamp()', [
    key,
  ]);
  return rows.length === 1;
}

async function expectRunOnce(uniques: readonly string[]): Promise<void> {
  const ranOf = async (): Promise<readonly string[]> =>
    (await executed(sandbox)).filter((one) => uniques.includes(one));
  await until(async () => (await ranOf()).length >= uniques.length, 'all starts to have run', 60_000);
  expect((await ranOf()).toSorted()).toEqual([...uniques].toSorted());
}

describe('a replica that is frozen past its lease while it renews', () => {
  it('stores the pair that it was given, and both replicas use it', async () => {
    const [frozen, other] = replicas;
    // Its start is refused for the token; the answer to its renewal is the next one that comes.
    const both = await stopped({ point: 'at the first byte of the answer', passing: 2, by: 'SIGSTOP' }, 1);
    await until(async () => (await stateOf(other)) === 'reauthorization_required', 'the refusal to be known');
    frozen.signal('SIGCONT');

    await until(async () => (await stateOf(other)) === 'active', 'the pair to be stored', 20_000);
    const third = uniqueValue();
    // Refused for a moment more where this replica has not read of it yet; the same key is the same start.
    await until(async () => (await sent(other, third)).body.state === 'running', 'a start to go again');
    await expectRunOnce([...both, third]);
    expect(await renewals()).toEqual([true, false]);
    expect(await incidents(other)).toMatchObject([{ state: 'resolved' }]);
    expectNoSecret();
  });

  it('takes the pair of the other one where it had not asked yet', async () => {
    const [frozen, other] = replicas;
    const both = await stopped({ point: 'on the connected socket', passing: 2, by: 'SIGSTOP' }, 0);
    await until(async () => (await renewals())[0] === true, 'the other one to have a pair');
    frozen.signal('SIGCONT');

    await until(async () => (await renewals()).length === 2, 'the late request');
    const third = uniqueValue();
    // Refused for a moment more where this replica has not read of it yet; the same key is the same start.
    await until(async () => (await sent(frozen, third)).body.state === 'running', 'a start to go again');
    await expectRunOnce([...both, third]);
    expect(await renewals()).toEqual([true, false]);
    expect(await stateOf(other)).toBe('active');
    expect(await incidents(other)).toEqual([]);
    expectNoSecret();
  });
});

describe('a replica that is killed with the new pair in its hands', () => {
  it('leaves one more try, then one incident, and no start is lost', async () => {
    const [killed, other] = replicas;
    const both = await stopped({ point: 'at the first byte of the answer', passing: 2, by: 'SIGKILL' }, 1);
    await killed.gone;

    await until(async () => (await stateOf(other)) === 'reauthorization_required', 'the refusal to be known');
    expect(await renewals()).toEqual([true, false]);
    expect(await incidents(other)).toMatchObject([{ state: 'open' }]);

    await control('oauth', { redirectUri: `${other.url}/v1/oauth/callback` });
    const asked = await fetch(`${other.url}/v1/connections/${key}/authorize`, { method: 'POST' });
    // The portal consents at once and sends the browser back.
    expect((await fetch(Object(await asked.json()).url)).status).toBe(200);
    await expectRunOnce(both);
    expect(await incidents(other)).toMatchObject([{ state: 'resolved' }]);
  });
});

/** The id of the process of a start; `null`: nobody has accepted it yet. */
async function acceptedAs(unique: string): Promise<string | null> {
  const found = await fetch(`${replicas[1].url}/v1/idempotency-keys/${unique}`);
  return found.ok ? String(Object(await found.json()).processId) : null;
}
