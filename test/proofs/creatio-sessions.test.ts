import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCreatioSandbox, type CreatioSandbox } from '../../src/platforms/creatio/creatio.sandbox.js';
import { sandboxClient } from '../../src/platforms/creatio/sandbox/gate.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';
import { attempts, look, send } from './connections.js';
import { runReplica, type Replica } from './replica.js';
import { executed, uniqueValue } from './starts.js';

/** Two replicas have to start. */
jest.setTimeout(180_000);

const canary = 'canary-5d1f0c';

let database: FreshDatabase;
let dataDir: string;
let replicas: readonly [Replica, Replica];
let sandbox: CreatioSandbox;
let key: string;
let registered = 0;

beforeAll(async () => {
  database = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const quiet = { STATUS_POLL_SECONDS: '86400', RECONCILE_DELAYS: '3600', LOG_LEVEL: 'trace' };
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, LEASE_SECONDS: '8', ...quiet };
  replicas = await Promise.all([runReplica(env), runReplica(env)]);
});
afterEach(() => sandbox.close());
afterAll(async () => {
  for (const replica of replicas ?? []) await replica.end();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** An instance whose technical user has the canary as password, and a connection to it at both replicas. */
async function openInstance(
  runtime: 'netframework' | 'net',
  sessions: number,
  by: 'forms' | 'oauth' = 'forms',
): Promise<void> {
  registered += 1;
  key = `instance-${registered}`;
  sandbox = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null }, runtime);
  await order({});
  const auth =
    by === 'forms'
      ? { type: 'forms', username: 'Supervisor', password: canary }
      : { type: 'oauth', ...sandboxClient, tokenUrl: `${sandbox.url}/connect/token` };
  const body = { key, platform: 'creatio', baseUrl: sandbox.url, auth, sessions, limits: { maxInFlight: 40 } };
  const answer = await fetch(`${replicas[0].url}/v1/connections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
}

async function order(orders: object): Promise<void> {
  const body = JSON.stringify({ password: canary, ...orders });
  const answer = await fetch(`${sandbox.url}/_sandbox/sessions`, { method: 'POST', body });
  expect(answer.status).toBe(200);
}

async function logins(): Promise<number> {
  const seen: readonly { readonly operation: string }[] = Object(
    await (await fetch(`${sandbox.url}/_sandbox/requests`)).json(),
  );
  return seen.filter(({ operation }) => operation === 'Login' || operation === 'connect/token').length;
}

/** As many starts at once, in turn at both replicas; resolves when all of them run. */
async function startMany(count: number): Promise<readonly { readonly id: string; readonly unique: string }[]> {
  const uniques = Array.from({ length: count }, uniqueValue);
  const answers = await Promise.all(
    uniques.map((unique, index) => {
      const fields = { connection: key, definition: 'UsrWaiting', variables: { Document: unique } };
      return send(replicas[index % 2 === 0 ? 0 : 1], unique, fields);
    }),
  );
  const started = answers.map(({ body }, index) => ({ id: String(body.id), unique: uniques[index] ?? '' }));
  for (const { status, body } of answers)
    expect([status, JSON.stringify(body)]).toEqual([expect.any(Number), expect.not.stringMatching(/<html|<!doctype/i)]);
  await until(
    async () =>
      (await Promise.all(started.map(({ id }) => look(replicas[0], id)))).every(({ state }) => state === 'running'),
    'all starts to run',
    40_000,
  );
  return started;
}

async function expectRunOnceEach(started: readonly { readonly id: string; readonly unique: string }[]): Promise<void> {
  const uniques = started.map(({ unique }) => unique);
  const ran = (await executed(sandbox)).filter((one) => uniques.includes(one));
  expect(ran.toSorted()).toEqual(uniques.toSorted());
  const classes = (await Promise.all(started.map(({ id }) => attempts(replicas[1], id)))).flat();
  expect(classes).toContain('attempt.refused_before_execution');
  // On a slow machine some are too late to be written, which has sent nothing.
  const harmless = ['attempt.refused_before_execution', 'attempt.not_sent'];
  expect(classes.filter((one) => !harmless.includes(one))).toEqual(started.map(() => 'attempt.accepted'));
  const histories = await Promise.all(
    started.map(async ({ id }) => (await fetch(`${replicas[0].url}/v1/processes/${id}/history`)).text()),
  );
  expect(histories.join('')).not.toMatch(/<html|<!doctype/i);
  expect(histories.join('')).not.toContain(canary);
}

function expectNoSecret(): void {
  const said = replicas.map((replica) => replica.said()).join('');
  expect(said).toContain('operation.answered');
  expect(said).not.toMatch(/ASPXAUTH=[0-9A-F]/);
  expect(said).not.toContain(canary);
  expect(said).not.toContain(sandboxClient.clientSecret);
}

describe('an instance on .NET that restarts at the tenth of 30 starts', () => {
  it.each(['empty-401', 'redirect', 'same-307', 'login-page', 'forbidden'])(
    'and turns requests away by %s: each replica signs in once, and each start runs once',
    async (shape) => {
      await openInstance('net', 4);
      await startMany(4);
      const before = await logins();
      await order({ shape, end: 'all', atStart: 10 });

      const started = await startMany(30);

      expect(before).toBeLessThanOrEqual(2);
      expect((await logins()) - before).toBeLessThanOrEqual(2);
      await expectRunOnceEach(started);
      expectNoSecret();
    },
  );
});

describe('an instance that takes tokens no more at the tenth of 30 starts', () => {
  it.each(['empty-401', 'redirect', 'same-307', 'login-page'])(
    'and turns requests away by %s: each replica asks for one token, and each start runs once',
    async (shape) => {
      await openInstance('net', 4, 'oauth');
      await startMany(4);
      const before = await logins();
      await order({ shape, end: 'all', atStart: 10 });

      const started = await startMany(30);

      expect(before).toBeLessThanOrEqual(2);
      expect((await logins()) - before).toBeLessThanOrEqual(2);
      await expectRunOnceEach(started);
      expectNoSecret();
    },
  );
});

describe('an instance on .NET Framework that ends one of four sessions at the tenth of 30 starts', () => {
  it.each(['message-401', 'redirect', 'login-page', 'forbidden'])(
    'and turns requests away by %s: one more sign-in, and each start runs once',
    async (shape) => {
      await openInstance('netframework', 4);
      await order({ runMs: 100 });
      await startMany(30);
      const before = await logins();
      await order({ shape, end: 'its', atStart: 10, runMs: 100 });

      const started = await startMany(30);

      expect(before).toBeLessThanOrEqual(8);
      expect((await logins()) - before).toBeLessThanOrEqual(1 + 8 - before);
      await expectRunOnceEach(started);
      expectNoSecret();
    },
  );
});

describe('an instance on .NET Framework that restarts at the tenth of 30 starts', () => {
  it.each(['message-401', 'redirect', 'login-page', 'forbidden'])(
    'and turns requests away by %s: each replica signs in once, and once more each five seconds at most',
    async (shape) => {
      await openInstance('netframework', 4);
      await order({ runMs: 100 });
      await startMany(30);
      const before = await logins();
      await order({ shape, end: 'all', atStart: 10 });
      const beganMs = performance.now();

      const started = await startMany(30);

      const growths = Math.floor((performance.now() - beganMs) / 5000);
      // Until the restart the sessions that were not needed so far may be opened.
      expect((await logins()) - before).toBeLessThanOrEqual(2 * (1 + growths) + 8 - before);
      await expectRunOnceEach(started);
      expectNoSecret();
    },
  );
});

describe('a password that the instance takes no more', () => {
  it('is tried once by both replicas together, however many starts wait at each', async () => {
    await openInstance('net', 4);
    await startMany(4);
    const before = await logins();
    await order({ password: 'canary-changed' });
    sandbox.endSessions();

    const answers = await Promise.all(
      Array.from({ length: 30 }, uniqueValue).map((unique, index) => {
        const fields = { connection: key, definition: 'UsrWaiting', variables: { Document: unique } };
        return send(replicas[index % 2 === 0 ? 0 : 1], unique, fields, 'respond-async');
      }),
    );
    const stateAt = async ({ url }: Replica): Promise<unknown> =>
      Object(await (await fetch(`${url}/v1/connections/${key}`)).json()).state;
    await until(
      async () => (await Promise.all(replicas.map(stateAt))).every((state) => state === 'reauthorization_required'),
      'both replicas to know of the refusal',
      20_000,
    );

    expect((await logins()) - before).toBe(1);
    expect(await executed(sandbox)).toHaveLength(4);
    const accepted = answers.flatMap(({ body }) => (body.id === undefined ? [] : [body.id]));
    expect(accepted.length).toBeGreaterThan(10);
    await until(
      async () =>
        (await Promise.all(accepted.map((id) => look(replicas[0], id)))).every(({ state }) => state === 'queued'),
      'every accepted start to wait',
    );
    expectNoSecret();
  });
});
