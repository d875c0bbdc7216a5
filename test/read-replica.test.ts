import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { startGateway, type TestGateway } from './gateway.js';
import { newDatabase, ownPostgres, type OwnPostgres } from './proofs/own-postgres.js';
import { openSandbox, uniqueValue, workflow } from './proofs/starts.js';
import { register, send } from './proofs/connections.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { until } from './until.js';

/** Two servers of their own. */
jest.setTimeout(120_000);

let primary: OwnPostgres;
let replica: Omit<OwnPostgres, 'replica'>;
let gateway: TestGateway;
let portal: Sandbox;
let lines = '';

beforeAll(async () => {
  primary = await ownPostgres();
  const databaseUrl = await newDatabase(primary.url);
  replica = await primary.replica();
  const readUrl = new URL(replica.url);
  readUrl.pathname = new URL(databaseUrl).pathname;
  const env = { DATABASE_URL: databaseUrl, DATABASE_READ_URL: readUrl.href, STATUS_POLL_SECONDS: '86400' };
  const egress = { EGRESS_ALLOW: '127.0.0.0/8', EGRESS_HTTP: 'on' };
  gateway = await startGateway({ ...env, ...egress }, (line) => (lines += line));
  portal = await openSandbox(workflow);
  await register(gateway, 'portal', { start: workflow, sandbox: portal, baseUrl: portal.url });
}, 120_000);

afterAll(async () => {
  await gateway?.close();
  await portal?.close();
  await replica?.remove();
  await primary?.remove();
});

async function get(
  path: string,
): Promise<{ status: number; age: number | null; items: { id: string; type: string }[] }> {
  const answer = await fetch(`${gateway.url}${path}`);
  const age = answer.headers.get('data-age');
  const { items }: { items: { id: string; type: string }[] } = Object(await answer.json());
  return { status: answer.status, age: age === null ? null : Number(age), items };
}

async function atReplica(statement: string): Promise<void> {
  const session = new Client({ connectionString: replica.url });
  await session.connect();
  await session.query(statement);
  await session.end();
}

async function start(): Promise<string> {
  const unique = uniqueValue();
  const { status, body } = await send(gateway, unique, { connection: 'portal', ...workflow.fields(unique) });
  expect(status).toBe(201);
  return String(body.id);
}

const listed = async (id: string): Promise<boolean> => (await get('/v1/processes')).items.some((one) => one.id === id);
const fromReplica = (path: string): Promise<number> =>
  until(async () => (await get(path)).age, `${path} to come from the replica`, 30_000);
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
};

describe('a gateway whose database has a streaming replica', () => {
  it.each(['/v1/processes', '/v1/incidents', '/v1/audit'])('reads %s there, and tells how old it is', async (path) => {
    expect(await fromReplica(path)).toBeGreaterThan(0);
    expect(await metric('bpmgw_read_replica_age_seconds')).toBeGreaterThan(0);
  });

  it('lists what was started as soon as the replica has it, and its history', async () => {
    const id = await start();
    await until(() => listed(id), 'the process to be listed');
    expect(await fromReplica(`/v1/processes/${id}/history`)).toBeGreaterThan(0);
  });

  it('reads what sensitive variables may stand in from the database itself', async () => {
    expect((await get('/v1/processes?include=variables')).age).toBeNull();
  });
});

describe('a replica that has stopped replaying', () => {
  beforeAll(() => atReplica('select pg_wal_replay_pause()'));
  afterAll(() => atReplica('select pg_wal_replay_resume()'));

  it('grows old, shows nothing new, and decides nothing', async () => {
    await fromReplica('/v1/processes');
    const id = await start();
    const page = await get('/v1/processes');
    const process = await fetch(`${gateway.url}/v1/processes/${id}`);
    const history = await get(`/v1/processes/${id}/history`);

    expect(page.items.map((one) => one.id)).not.toContain(id);
    expect(page.age).toBeGreaterThan(0);
    expect(process.status).toBe(200);
    // Its reader knows of the start already, so its history is whole.
    expect([history.age, history.items.map(({ type }) => type)]).toEqual([
      null,
      ['process.accepted', 'attempt.accepted', 'process.started'],
    ]);
    await until(async () => Number((await get('/v1/processes')).age) >= 3, 'the list to be three seconds old');
  });
});

describe('a replica that dies', () => {
  it('costs no list, and is told of', async () => {
    await fromReplica('/v1/processes');
    const failures = await metric('bpmgw_read_replica_failures_total');
    lines = '';
    await replica.kill('SIGKILL');
    const page = await get('/v1/processes');
    await until(() => lines.includes('replica.unread'), 'a line in the log');

    expect([page.status, page.age]).toEqual([200, null]);
    expect(await metric('bpmgw_read_replica_failures_total')).toBeGreaterThanOrEqual(failures);
    expect(await metric('bpmgw_read_replica_age_seconds')).toBeNaN();
    expect((await fetch(`${gateway.url}/healthz/ready`)).status).toBe(200);
  });

  it('is read again when it is back', async () => {
    await replica.start();
    expect(await fromReplica('/v1/processes')).toBeGreaterThan(0);
  });
});
