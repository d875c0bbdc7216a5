import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { runGateway, type RunningGateway } from '../running-gateway.js';
import { until } from '../until.js';
import { answers, isSigned, Receiver } from './receiver.js';
import { env, WebhookDesk } from './webhook-desk.js';

jest.setTimeout(180_000);

let fresh: FreshDatabase;
let dataDir: string;
let receiver: Receiver;
const running: RunningGateway[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'webhooks-'));
  receiver = await Receiver.open();
});
afterAll(async () => {
  await Promise.all(running.map((gateway) => gateway.end('SIGKILL')));
  await receiver?.close();
  await fresh?.drop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function run(sandbox: 'on' | 'off'): Promise<RunningGateway> {
  const keys = `test:${Buffer.alloc(32, 7).toString('base64')}`;
  const settings = { DATABASE_URL: fresh.url, DATA_DIR: dataDir, CREDENTIALS_KEYS: keys, SANDBOX: sandbox };
  const gateway = await runGateway({ ...env, ...settings });
  running.push(gateway);
  return gateway;
}

describe('a replica that is killed with -9 when an endpoint has an event, and nobody has noted it', () => {
  it('leaves it to another, which tells it again under the same id, and nothing is lost', async () => {
    const first = await run('on');
    const desk = await WebhookDesk.of(first.url);
    receiver.on('/held', () => {});
    const { id, secret } = await desk.webhook(receiver.url('/held'), { types: ['process.*'] });
    const process = await desk.start();
    await until(() => receiver.at('/held').length > 0, 'the first message');
    await first.end('SIGKILL');
    receiver.on('/held', answers(204));
    const second = await run('off');
    const after = await WebhookDesk.of(second.url);
    const all = await until(
      async () => {
        const list = await after.deliveries(id);
        return list.length === 2 && list.every(({ state }) => state === 'delivered') ? list : null;
      },
      'both events to be delivered',
      90_000,
    );
    const [told, again, ...rest] = receiver.at('/held');

    expect(again?.headers['webhook-id']).toBe(told?.headers['webhook-id']);
    expect(again && (await isSigned(again, secret))).toBe(true);
    expect(rest.map(({ event }) => [event.subject, event.sequence])).toEqual([[process, '0000000002']]);
    // Of the try that nobody noted there is no line.
    expect(all.map(({ tries }) => tries.length)).toEqual([1, 1]);
  });
});
