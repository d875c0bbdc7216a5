import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.js';
import { closeAll, rowsOf } from './storage/embedded/elsewhere.js';
import { MovableServer } from './storage/embedded/movable-server.js';
import { watchedDatabase } from './storage/watched-database.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly waitingFor: { readonly reason: string } | null;
}

jest.setTimeout(120_000);

/** One story: a start waits, a copy is taken, it is sent, another one is sent, and the copy is put back. */
describe('a gateway whose database is replaced by an older copy while it runs', () => {
  let server: MovableServer;
  let databaseUrl: string;
  let gateway: TestGateway;
  let portal: string;
  let waiting: Process;
  let lost: Process;

  const ask = async (path: string, method = 'GET', body?: object, key?: string): Promise<Response> => {
    const headers = {
      'content-type': 'application/json',
      prefer: 'respond-async',
      ...(key ? { 'idempotency-key': key } : {}),
    };
    return fetch(`${gateway.url}/v1${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  };
  const shown = async (id: string): Promise<Process> => (await (await ask(`/processes/${id}`)).json()) as Process;
  const start = async (key: string): Promise<Process> => {
    const body = { connection: 'sandbox-creatio', definition: 'UsrApproval' };
    const answer = await ask('/processes', 'POST', body, key);
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Process;
  };
  const runs = async (): Promise<number> =>
    ((await (await fetch(`${portal}/_sandbox/runs`)).json()) as { definition: string }[]).filter(
      ({ definition }) => definition === 'UsrApproval',
    ).length;
  const holds = (): Promise<unknown[]> => rowsOf(databaseUrl, 'select because from database_holds');

  beforeAll(async () => {
    server = await MovableServer.withTables();
    databaseUrl = await server.start();
    gateway = await startGateway({ DATABASE_URL: databaseUrl, SANDBOX: 'on', LEASE_SECONDS: '2' });
    portal = ((await (await ask('/connections/sandbox-creatio')).json()) as { baseUrl: string }).baseUrl;
    await ask('/connections/sandbox-creatio/pause', 'POST');
    waiting = await start('waits');
    await server.stop();
    await server.takeCopy();
    await server.start();
    await until(async () => (await ask('/connections/sandbox-creatio/resume', 'POST')).ok, 'the connection to resume');
    await until(async () => (await shown(waiting.id)).state === 'running', 'the waiting start to be sent');
    lost = await start('lost');
    await until(async () => (await runs()) === 2, 'both to run');
    await server.stop();
    await server.putCopyBack();
    await server.start();
    await until(async () => (await fetch(`${gateway.url}/healthz/ready`)).ok, 'the gateway to be ready again');
    await until(async () => (await ask('/connections/sandbox-creatio/resume', 'POST')).ok, 'the connection to resume');
  });
  afterAll(async () => {
    await gateway?.close();
    await closeAll();
  });

  it('notices, and opens an incident', async () => {
    expect((await ask(`/processes/${lost.id}`)).status).toBe(404);
    expect(await holds()).toEqual([{ because: expect.stringContaining('Its log stood at') }]);
    expect(await rowsOf(databaseUrl, 'select kind, state, connection from incidents')).toEqual([
      { kind: 'database-restored', state: 'open', connection: null },
    ]);
  });

  it('sends nothing again of what waits in it', async () => {
    const sinceMs = performance.now();
    await until(() => performance.now() - sinceMs > 4_000, 'two leases and four looks');

    expect(await shown(waiting.id)).toMatchObject({ state: 'queued' });
    expect(await runs()).toBe(2);
  });

  it('accepts new starts, also under a key whose row was lost, and keeps them waiting', async () => {
    expect(await start('new')).toMatchObject({ state: 'queued', waitingFor: { reason: 'restored' } });
    expect(await start('lost')).toMatchObject({ state: 'queued', waitingFor: { reason: 'restored' } });
    expect(await runs()).toBe(2);
  });

  it('stays ready: it is not the database that is down', async () => {
    expect((await fetch(`${gateway.url}/healthz/ready`)).status).toBe(200);
  });

  it('goes on with what nobody stopped when it is released', async () => {
    const [fresh, again] = [await start('new'), await start('lost')];
    // Its `queued` is from before, so that nobody knows whether it was sent: the stop is only remembered.
    expect((await ask(`/processes/${waiting.id}/terminate`, 'POST', {})).status).toBe(202);
    expect(await (await ask(`/processes/${again.id}/terminate`, 'POST', {})).json()).toMatchObject({
      state: 'withdrawn',
    });
    const operator = await watchedDatabase(databaseUrl);
    await operator.holds.release((await operator.holdNow())?.id ?? '', 'an operator', 0);
    await operator.close();

    await until(async () => (await shown(fresh.id)).state === 'running', 'the new start to run');
    await until(
      async () => (await shown(waiting.id)).state === 'withdrawn',
      'the stopped start to be withdrawn',
      20_000,
    );
    expect(await runs()).toBe(3);
  });
});
