import { PostgresMethodUseStore } from '../../src/storage/method-use.store.js';
import { PostgresQueueDepthStore } from '../../src/storage/queue-depth.store.js';
import { later } from '../processes/samples.js';
import { ProcessRoom } from './process-room.js';

let room: ProcessRoom;
let store: PostgresQueueDepthStore;

beforeAll(async () => {
  room = await ProcessRoom.open();
  store = new PostgresQueueDepthStore(room.database);
});
afterAll(() => room?.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from queue_depths');
});

describe('the counters of queued starts', () => {
  it('add up what replicas counted', async () => {
    await Promise.all(Array.from({ length: 10 }, () => store.add(new Map([['sales', 3]]))));
    await store.add(new Map([['sales', -5]]));

    expect(await store.all()).toEqual(new Map([['sales', 25]]));
  });

  it('are set right by a count, also to nothing', async () => {
    await store.add(new Map([['gone', 9]]));
    await room.queued();
    await room.queued();
    await room.sending();
    await store.recount();

    expect(await store.all()).toEqual(new Map([['sales', 2]]));
  });

  it('tell how long the first start has waited', async () => {
    expect(await store.oldestSeconds('sales')).toBeNull();
    const { operation } = await room.queued();
    await room.queued();
    await room.database.query(
      `update operations
       set created_at = clock_timestamp() - case when id = $1 then interval '90 seconds' else interval '1 second' end`,
      [operation.id],
    );
    const seconds = await store.oldestSeconds('sales');
    expect(seconds).toBeGreaterThanOrEqual(90);
    expect(seconds).toBeLessThan(120);
  });

  it('tell how many requests are out', async () => {
    await room.queued();
    await room.sending();

    expect(await store.inFlight('sales')).toBe(1);
    expect(await store.inFlight('other')).toBe(0);
  });
});

describe('the work of methods', () => {
  const use = { portal: 'https://sales.example', method: 'workflow.start', allowedSeconds: 480 };

  it('is kept as it was told last, whoever is late', async () => {
    const methods = new PostgresMethodUseStore(room.database);
    const now = new Date();
    const told = { ...use, operatingSeconds: 300, resetsAt: later(1000), closedUntil: null, toldAt: now };
    await methods.keep([told]);
    await methods.keep([{ ...told, operatingSeconds: 200, toldAt: new Date(now.getTime() - 1000) }]);

    expect(await methods.all()).toEqual([told]);
  });
});
