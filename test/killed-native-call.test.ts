import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { runReplica, type Replica } from './proofs/replica.js';
import { until } from './until.js';

/** Two starts of a whole gateway. */
jest.setTimeout(240_000);

const Requests = z.array(z.object({ method: z.string() }));

describe('a replica that is killed with -9 while a raw call is out', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let portal: Sandbox;
  let replica: Replica;
  const run = (): Promise<Replica> =>
    runReplica({ DATABASE_URL: database.url, DATA_DIR: dataDir, STATUS_POLL_SECONDS: '86400' });

  beforeEach(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'killed-native-call-'));
    portal = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    replica = await run();
  });
  afterEach(async () => {
    await replica?.end();
    await portal?.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const ask = async (method: string, path: string, body: object, more: Readonly<Record<string, string>> = {}) => {
    const headers = { 'content-type': 'application/json', ...more };
    const answer = await fetch(`${replica.url}/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const read: Readonly<Record<string, unknown>> = Object(await answer.json());
    return { status: answer.status, body: read };
  };
  const call = () =>
    ask(
      'POST',
      '/connections/killed/call',
      { method: 'bizproc.workflow.terminate', params: { ID: '1' } },
      {
        'idempotency-key': 'the-call',
      },
    );
  const received = async (): Promise<number> => {
    const log = Requests.parse(await (await fetch(`${portal.url}/_sandbox/requests`)).json());
    return log.filter(({ method }) => method === 'bizproc.workflow.terminate').length;
  };

  it('has sent it once: another replica sends it never again, and says that its outcome is unknown', async () => {
    const fields = portal.connections[0]?.fields ?? {};
    const registered = await ask('POST', '/connections', {
      key: 'killed',
      platform: 'bitrix24',
      name: 'Killed',
      baseUrl: portal.url,
      ...fields,
    });
    expect(registered.status).toBe(201);
    const hang = JSON.stringify({ operation: 'terminate', do: 'hang' });
    await fetch(`${portal.url}/_sandbox/answers`, { method: 'POST', body: hang });
    const lost = call().catch(() => null);
    await until(async () => (await received()) === 1, 'the portal to receive the call');
    replica.signal('SIGKILL');
    await replica.gone;
    expect(await lost).toBeNull();

    replica = await run();
    expect(await call()).toMatchObject({ status: 409, body: { code: 'idempotency-in-progress' } });
    // So that no call of this connection lives longer than two seconds.
    await ask('PATCH', '/connections/killed', { limits: { startTimeoutSeconds: 1 } }, { 'if-match': '"1"' });
    const told = await until(async () => {
      const answer = await call();
      return answer.status === 409 ? null : answer;
    }, 'the call to be given up');

    expect(told).toMatchObject({ status: 502, body: { code: 'platform-outcome-unknown', outcome: 'unknown' } });
    expect(await received()).toBe(1);
    const audit = await fetch(`${replica.url}/v1/audit?action=connection.call`);
    const { items } = z.object({ items: z.array(z.object({ result: z.string() })) }).parse(await audit.json());
    expect(items.at(-1)).toEqual({ result: 'begun' });
  });
});
