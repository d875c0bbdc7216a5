import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { PostgresDeliveryStore } from '../../src/storage/delivery.store.js';
import { PostgresWebhookStore } from '../../src/storage/webhook.store.js';
import { until } from '../until.js';
import { ProcessRoom } from './process-room.js';

const dayMs = 86_400_000;
const everything = { connections: null, definitions: null, clientId: null };
const terms = { url: 'https://receiver.example', types: null, connections: null, description: null };

let room: ProcessRoom;
let store: PostgresDeliveryStore;
let webhookId: string;

beforeAll(async () => {
  room = await ProcessRoom.open();
  store = new PostgresDeliveryStore(room.database, 0);
});
afterAll(() => room?.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from webhooks');
  webhookId = uuidv7();
  const webhooks = new PostgresWebhookStore(room.database);
  const secretSealed = Buffer.from('sealed');
  await webhooks.add({ ...terms, id: webhookId, clientId: uuidv7(), visible: everything, secretSealed });
});

async function delivery(state: string, days: number, count = 1): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await room.database.query(
      `insert into deliveries (id, webhook_id, event, state, next_try_at)
       values ($1, $2, '{}', $3, clock_timestamp() + interval '1 hour')`,
      [uuidv7({ msecs: Date.now() - days * dayMs }), webhookId, state],
    );
  }
}

describe('deliveries', () => {
  it('that are over for thirty days go, and none that waits', async () => {
    for (const days of [29, 31]) {
      for (const state of ['waiting', 'delivered', 'failed']) await delivery(state, days);
    }
    expect(await store.forget()).toBe(2);
    expect(await store.forget()).toBe(0);
    expect(await room.count('deliveries')).toBe(4);
  });

  it('are taken by nobody where nothing is due and the feed has nothing new', async () => {
    await delivery('waiting', 0);
    expect(await store.take(randomUUID())).toBeNull();
  });

  it('of which a thousand wait let the rest wait in the feed', async () => {
    await room.queued();
    const taken = await until(() => store.take(randomUUID()), 'the start to be in the feed');
    await store.release(taken);
    await delivery('waiting', 0, 1000);

    expect(taken).toMatchObject({ id: webhookId, hasRoom: true });
    expect(await store.take(randomUUID())).toBeNull();
  });
});
