import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { uuidv7 } from '../../src/lib/uuid.js';
import type { Visibility } from '../../src/processes/process.reader.js';
import { PostgresEventFeed } from '../../src/storage/feed.store.js';
import { PositionUnknown } from '../../src/webhooks/feed.errors.js';
import { beginning, type FeedItem, type FeedPosition } from '../../src/webhooks/feed.js';
import { until } from '../until.js';
import { ProcessRoom } from './process-room.js';

const everything: Visibility = { connections: null, definitions: null, clientId: null };

let room: ProcessRoom;
let feed: PostgresEventFeed;
let writers: Client[];

beforeAll(async () => {
  room = await ProcessRoom.open();
  feed = new PostgresEventFeed(room.database);
});
afterAll(async () => {
  await room?.close();
});
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from connection_events');
  writers = [];
});
afterEach(async () => {
  for (const writer of writers) await writer.end();
});

/** A transaction that has its number and is open. */
async function writer(): Promise<Client> {
  const [row] = await room.database.query<{ name: string }[]>('select current_database() as name');
  const url = new URL(process.env['TEST_POSTGRES_URL'] ?? '');
  url.pathname = `/${row?.name}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  writers.push(client);
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return client;
}

async function write(
  client: { query(text: string, values: unknown[]): Promise<unknown> },
  processId: string,
  sequence: number,
): Promise<void> {
  await client.query(
    `insert into events (process_id, sequence, id, type, time, data)
     values ($1, $2, $3, 'task.created', clock_timestamp(), '{}')`,
    [processId, sequence, uuidv7()],
  );
}

/** Waits until nobody else on this cluster, other tests too, has a transaction from before open. */
async function othersAreOver(): Promise<void> {
  const number = async (of: string): Promise<bigint> => {
    const [row] = await room.database.query<{ n: string }[]>(`select ${of}(pg_current_snapshot())::text as n`);
    return BigInt(row?.n ?? '0');
  };
  const now = await number('pg_snapshot_xmax');
  await until(async () => (await number('pg_snapshot_xmin')) >= now, 'transactions of others to be over', 20_000);
}

/** Reads to the end, so many at a time. */
async function all(limit = 200, after: FeedPosition = beginning, visible = everything): Promise<FeedItem[]> {
  await othersAreOver();
  const items: FeedItem[] = [];
  for (let position = after; ;) {
    const page = await feed.read(position, { visible, limit });
    items.push(...page.items);
    position = page.position;
    if (page.isEnd) return items;
  }
}

const words = (items: readonly FeedItem[]): string[] =>
  items.map(({ about }) => (about.is === 'process' ? `${about.process.businessKey} ${about.sequence}` : about.is));

describe('an event that is written before another one and committed after it', () => {
  it('is not missed by whoever has read meanwhile', async () => {
    const [one, other] = [await room.queued({ businessKey: 'one' }), await room.queued({ businessKey: 'other' })];
    await othersAreOver();
    const before = await feed.read(beginning, { visible: everything, limit: 200 });
    const slow = await writer();
    await write(slow, one.process.id, 2);
    const quick = await writer();
    await write(quick, other.process.id, 2);
    await quick.query('commit');
    const meanwhile = await feed.read(before.position, { visible: everything, limit: 200 });
    await slow.query('commit');
    await othersAreOver();
    const after = await feed.read(meanwhile.position, { visible: everything, limit: 200 });

    expect(words(before.items)).toEqual(['one 1', 'other 1']);
    expect(words(meanwhile.items)).toEqual([]);
    expect(words(after.items)).toEqual(['one 2', 'other 2']);
  });

  it('is not behind the head of the feed before that', async () => {
    const { process } = await room.queued();
    await othersAreOver();
    const slow = await writer();
    await write(slow, process.id, 2);
    const head = await feed.head();
    await slow.query('commit');
    await othersAreOver();

    expect(head).not.toEqual(await feed.head());
    expect(
      words((await feed.read({ ...(head ?? beginning), sequence: 1 }, { visible: everything, limit: 1 })).items),
    ).toHaveLength(1);
  });

  it('comes for whoever begins with what is latest', async () => {
    const { process } = await room.queued({ businessKey: 'one' });
    await othersAreOver();
    const slow = await writer();
    await write(slow, process.id, 2);
    const { position } = await feed.end();
    await slow.query('commit');

    expect(words(await all(200, position))).toEqual(['one 2']);
  });
});

describe('events of one process', () => {
  /** The third has a lower number than the second, since its transaction began with something else. */
  async function overtaken(): Promise<string> {
    const { process } = await room.queued({ businessKey: 'one' });
    const [early, late] = [await writer(), await writer()];
    await write(late, process.id, 2);
    await late.query('commit');
    await write(early, process.id, 3);
    await early.query('commit');
    return process.id;
  }

  it('come in the order of their sequence, whichever transaction had its number first', async () => {
    const id = await overtaken();
    await write(room.database, id, 4);

    expect(words(await all())).toEqual(['one 1', 'one 2', 'one 3', 'one 4']);
  });

  it('come each once to whoever reads them one by one', async () => {
    const id = await overtaken();
    await write(room.database, id, 4);

    expect(words(await all(1))).toEqual(['one 1', 'one 2', 'one 3', 'one 4']);
    expect(words(await all(2))).toEqual(['one 1', 'one 2', 'one 3', 'one 4']);
  });
});

describe('a reader', () => {
  it('who may not see everything sees what is theirs, however much of others lies between', async () => {
    const mine = randomUUID();
    await room.queued({ businessKey: 'mine', clientId: mine });
    const others = await room.queued({ businessKey: 'others' });
    await room.database.query(
      `insert into events (process_id, sequence, id, type, time, data)
       select $1, number, gen_random_uuid(), 'task.created', clock_timestamp(), '{}' from generate_series(2, 2500) number`,
      [others.process.id],
    );
    await room.queued({ businessKey: 'mine too', clientId: mine });
    const visible = { ...everything, clientId: mine };

    expect(words(await all(50, beginning, visible))).toEqual(['mine 1', 'mine too 1']);
    expect(words(await all(1, beginning, visible))).toEqual(['mine 1', 'mine too 1']);
    expect(await all(50, beginning, { ...everything, definitions: ['none'] })).toEqual([]);
    expect(await all(50, beginning, { ...everything, connections: ['none'] })).toEqual([]);
  });

  it('is told of connections that they may see, between the processes', async () => {
    await room.queued({ businessKey: 'one' });
    await room.database.query(
      `insert into connection_events (id, connection, type, data) values ($1, 'sales', 'connection.degraded', '{}')`,
      [uuidv7()],
    );
    await room.queued({ businessKey: 'two' });

    expect(words(await all(1))).toEqual(['one 1', 'connection', 'two 1']);
    expect(words(await all(1, beginning, { ...everything, connections: ['other'] }))).toEqual([]);
    expect(words(await all(1, beginning, { ...everything, definitions: ['none'] }))).toEqual(['connection']);
  });

  it('with a position of another database is not answered with what happens to stand behind it', async () => {
    const { position } = await feed.end();
    const far = { ...position, writtenIn: String(BigInt(position.writtenIn) + 1_000_000n) };

    await expect(feed.read(far, { visible: everything, limit: 1 })).rejects.toThrow(PositionUnknown);
  });

  it('hears of another era where the database was put back', async () => {
    const before = await feed.read(beginning, { visible: everything, limit: 1 });
    await room.database.query(`insert into database_holds (id, because) values ($1, 'put back')`, [uuidv7()]);
    const after = await feed.read(beginning, { visible: everything, limit: 1 });

    expect(after.era).not.toBe(before.era);
    expect((await feed.end()).era).toBe(after.era);
  });
});
