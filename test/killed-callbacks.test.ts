import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bitrix24Sandbox } from '../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { exampleOf } from './http/example-of.js';
import { runReplica, type Replica } from './proofs/replica.js';
import { until } from './until.js';

/** Each fact takes two starts of a whole gateway. */
jest.setTimeout(240_000);

describe('a replica that is killed with -9 after it has answered a callback', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let portal: Sandbox;
  let replica: Replica;
  const run = (): Promise<Replica> =>
    runReplica({ DATABASE_URL: database.url, DATA_DIR: dataDir, STATUS_POLL_SECONDS: '3600' });

  beforeEach(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'killed-callbacks-'));
    portal = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
    replica = await run();
  });

  afterEach(async () => {
    await replica?.end();
    await portal?.close();
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const post = async (url: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  };
  const order = (path: string, body: object) => post(`${portal.url}/_sandbox/${path}`, body);
  const get = async (url: string): Promise<Record<string, unknown>> =>
    (await (await fetch(url)).json()) as Record<string, unknown>;
  const register = () =>
    post(`${replica.url}/v1/connections`, {
      key: 'signing',
      platform: 'bitrix24',
      name: 'Signing',
      baseUrl: portal.url,
      ...portal.connections[1]?.fields,
    });
  const start = (definition: string) =>
    post(`${replica.url}/v1/processes`, { ...exampleOf(definition), connection: 'signing', definition });
  const answered = () =>
    until(async () => {
      const { posted } = await get(`${portal.url}/_sandbox/callbacks`);
      return JSON.stringify(posted).includes('"status":200');
    }, 'the callback to be answered');

  it('has lost no event: another replica looks at the document', async () => {
    await register();
    const { id, nativeId } = await start('sign.b2e.document');
    await order(`documents/${String(nativeId)}`, { state: 'done' });
    await order('answers', { operation: 'observe', do: 'hang' });
    const data = { documentUid: nativeId, statusCode: 'done', statusName: 'Done' };
    const handler = `${replica.url}/v1/inbound/bitrix24/signing`;
    await order('events', { event: 'ONSIGNB2EDOCUMENTSTATUSCHANGED', data, handler });
    await answered();
    replica.signal('SIGKILL');
    await replica.gone;
    await order('answers', { operation: 'observe', do: 'answer' });

    replica = await run();

    const process = () => get(`${replica.url}/v1/processes/${String(id)}`);
    await until(async () => (await process())['state'] !== 'running', 'the document to be looked at', 30_000);
    expect(await process()).toMatchObject({ state: 'completed', nativeState: 'done' });
  });

  it('has lost no element', async () => {
    await register();
    const { id, nativeId } = await start('3');
    const handler = `${replica.url}/v1/inbound/bitrix24/signing`;
    await order('elements', { runId: nativeId, handler });
    await answered();
    replica.signal('SIGKILL');
    await replica.gone;

    replica = await run();

    const { items } = await get(`${replica.url}/v1/processes/${String(id)}/elements`);
    expect(items).toMatchObject([{ state: 'waiting' }]);
  });
});
