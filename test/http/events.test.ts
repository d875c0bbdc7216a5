import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { z } from 'zod';
import { eventCursor, eventCursorIn } from '../../src/http/event-cursor.js';
import { localClient } from '../../src/security/fixed-clients.js';
import { startGateway, startReplica, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { listen, Told } from '../webhooks/stream-reader.js';
import { exampleOf } from './example-of.js';
import { ContractCaller, type Answered, type CallOptions } from './contract-caller.js';

jest.setTimeout(120_000);

const Page = z.object({ items: z.array(Told), nextCursor: z.string() });
const WithId = z.object({ id: z.string() });
const WithKey = z.object({ key: z.string() });

/** A start at the other platform; nothing of the first is part of it. */
const approval = { connection: 'sandbox-creatio', definition: 'UsrApproval', variables: {}, subject: undefined };
const adminKey = 'the-key-of-the-administrator';
let gateway: TestGateway;
let other: Awaited<ReturnType<typeof startReplica>>;
let api: ContractCaller;
let database: Client;

beforeAll(async () => {
  const env = { SANDBOX: 'on', AUTH: 'on', BOOTSTRAP_API_KEY: adminKey, STATUS_POLL_SECONDS: '600' };
  gateway = await startGateway(env);
  other = await startReplica(gateway, { AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
  api = await ContractCaller.of(gateway.url, adminKey);
  database = new Client({ connectionString: gateway.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await other?.close();
  await gateway?.close();
});

const bearer = (key = adminKey): Record<string, string> => ({ authorization: `Bearer ${key}` });

async function page(query: string, options: CallOptions = {}): Promise<z.infer<typeof Page>> {
  return Page.parse((await api.ask('GET', `/events?${query}`, '', options)).body);
}

async function latest(options: CallOptions = {}): Promise<string> {
  return (await page('after=latest', options)).nextCursor;
}

/** Everything from a cursor on, until as many events have come as there must be. */
async function comeFrom(cursor: string, count: number, options: CallOptions = {}): Promise<Told[]> {
  const events: Told[] = [];
  let after = cursor;
  await until(async () => {
    const { items, nextCursor } = await page(`after=${after}`, options);
    events.push(...items);
    after = nextCursor;
    return events.length >= count;
  }, `${count} events`);
  return events;
}

async function start(fields: object = {}, options: CallOptions = {}): Promise<string> {
  const body = { ...exampleOf('1'), ...fields };
  const headers = { 'idempotency-key': randomUUID(), ...options.headers };
  const started = await api.ask('POST', '/processes', '', { ...options, body, headers });
  if (started.status >= 300) throw new Error(JSON.stringify(started.body));
  return WithId.parse(started.body).id;
}

async function client(settings: object): Promise<string> {
  const body = { name: randomUUID(), scopes: ['events:read', 'processes:start', 'processes:read'], ...settings };
  return WithKey.parse((await api.ask('POST', '/clients', '', { body })).body).key;
}

describe('the feed', () => {
  it('tells what happened as CloudEvents, oldest first, with the process and what changed', async () => {
    const cursor = await latest();
    const id = await start({ businessKey: 'of the feed' });
    const events = await comeFrom(cursor, 2);

    expect(events.map(({ type }) => type)).toEqual(['bpmgw.v1.process.accepted', 'bpmgw.v1.process.started']);
    expect(events.map(({ sequence }) => sequence)).toEqual(['0000000001', '0000000002']);
    for (const event of events) {
      expect(event).toMatchObject({
        source: `/connections/sandbox-bitrix24/processes/${id}`,
        subject: id,
        data: { process: { id, businessKey: 'of the feed', state: 'running' } },
      });
    }
    expect(events[1]?.data['changed']).toMatchObject({ state: 'running' });
  });

  it('begins at the oldest event, and gives a cursor also where nothing has come since', async () => {
    const first = await page('limit=1');
    const second = await page(`limit=1&after=${first.nextCursor}`);
    const nothing = await page(`after=${await latest()}`);

    expect(first.items[0]?.type).toBe('bpmgw.v1.process.accepted');
    expect(second.items[0]?.id).not.toBe(first.items[0]?.id);
    expect(nothing.items).toEqual([]);
    expect((await page(`after=${nothing.nextCursor}`)).items).toEqual([]);
  });

  it('leaves variables and results out of an event that is over 20 KiB', async () => {
    const cursor = await latest();
    const id = await start({ ...exampleOf('3'), definition: '3', variables: { Note: 'long'.repeat(6000) } });
    const [event] = await comeFrom(cursor, 1);

    expect(event?.subject).toBe(id);
    expect(event?.data).toMatchObject({ truncated: true });
    expect(event?.data['process']).not.toHaveProperty('variables');
  });

  it('is read with a scope of its own', async () => {
    const key = await client({ scopes: ['processes:read'] });
    const { status } = await api.ask('GET', '/events', '', { key });
    expect(status).toBe(403);
  });
});

describe('a client that may not see everything', () => {
  it('is told of what it may see, and of nothing else', async () => {
    const own = await client({ sees: 'own', requireIdempotencyKey: false });
    const creatio = await client({ connections: ['sandbox-creatio'] });
    const definition = await client({ definitions: ['UsrApproval'] });
    const cursors = await Promise.all([own, creatio, definition].map((key) => latest({ key })));
    await start();
    const mine = await start({}, { key: own });
    const there = await start(approval);
    const heard = await Promise.all(
      [own, creatio, definition].map(async (key, at) => {
        const events = await comeFrom(cursors[at] ?? '', 2, { key });
        return [...new Set(events.map(({ subject }) => subject))];
      }),
    );

    expect(heard).toEqual([[mine], [there], [there]]);
  });

  it('cannot go on by the cursor of another', async () => {
    const key = await client({});
    const { status, body } = await api.ask('GET', `/events?after=${await latest()}`, '', { key });

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'malformed-request', errors: [{ parameter: 'after', code: 'unreadable' }] });
  });
});

describe('a cursor', () => {
  const adminId = '00000000-0000-7000-8000-000000000002';

  async function aged(change: { readonly days: number } | { readonly era: string }): Promise<Answered> {
    const cursor = eventCursorIn(await latest(), adminId);
    if (!cursor) throw new Error('It is no cursor');
    const moved =
      'era' in change
        ? { ...cursor, era: change.era }
        : { ...cursor, ...times(new Date(cursor.givenAt.getTime() - change.days * 86_400_000)) };
    return api.ask('GET', `/events?after=${eventCursor(moved, adminId)}`);
  }
  const times = (time: Date) => ({ seenTo: time, givenAt: time });

  it('from before the retention is gone', async () => {
    expect(await aged({ days: 366 })).toMatchObject({
      status: 410,
      body: { code: 'cursor-expired', retryable: false },
    });
    expect(await aged({ days: 364 })).toMatchObject({ status: 200 });
  });

  it('from before the database was put back is gone', async () => {
    expect(await aged({ era: randomUUID() })).toMatchObject({ status: 410, body: { code: 'cursor-expired' } });
  });

  it('that is none is malformed', async () => {
    const cursor = eventCursorIn(await latest(), adminId) ?? never();
    const beyond = [{ writtenIn: '9'.repeat(20) }, { sequence: 2 ** 31 }].map((change) =>
      eventCursor({ ...cursor, position: { ...cursor.position, ...change } }, adminId),
    );
    for (const after of ['x', eventCursor(cursor, localClient.id), ...beyond]) {
      expect(await api.ask('GET', `/events?after=${after}`)).toMatchObject({ status: 400 });
    }
  });

  const never = (): never => {
    throw new Error('It is no cursor');
  };
});

describe('a stream', () => {
  it('tells what happens on any replica, with cursors as ids, and goes on from the last', async () => {
    const before = await listen(`${other.url}/v1/events?after=${await latest()}`, bearer());
    const one = await start();
    await until(() => before.events.length >= 2, 'two events');
    before.leave();
    const two = await start();
    const after = await listen(`${gateway.url}/v1/events`, { ...bearer(), 'last-event-id': before.lastId() });
    await until(() => after.events.length >= 2, 'two more');
    const pulled = await page(`after=${before.lastId()}`);
    after.leave();

    expect(before).toMatchObject({ status: 200, type: 'text/event-stream' });
    expect(before.events.map(({ subject }) => subject)).toEqual([one, one]);
    expect(after.events.map(({ subject }) => subject)).toEqual([two, two]);
    expect(pulled.items.map(({ id }) => id)).toEqual(after.events.map(({ id }) => id));
  });

  it('of a client is one of twenty at most', async () => {
    const key = await client({});
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => listen(`${gateway.url}/v1/events?after=latest`, bearer(key))),
    );
    const refused = await fetch(`${gateway.url}/v1/events`, {
      headers: { accept: 'text/event-stream', ...bearer(key) },
    });
    const others = await listen(`${gateway.url}/v1/events?after=latest`, bearer());
    for (const stream of [...streams, others]) stream.leave();

    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await refused.json()).toMatchObject({ code: 'quota-exceeded' });
    expect(others.status).toBe(200);
    await until(async () => {
      const again = await listen(`${gateway.url}/v1/events?after=latest`, bearer(key));
      again.leave();
      return again.status === 200;
    }, 'a place to be free again');
  });

  it('ends when its replica stops', async () => {
    const third = await startReplica(gateway, { AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
    const stream = await listen(`${third.url}/v1/events?after=latest`, bearer());
    await third.close();

    expect(stream.status).toBe(200);
    await until(() => stream.isOver(), 'the stream to end');
    expect(stream.hasEnded()).toBe(true);
  });

  it('is refused like any read, as a problem', async () => {
    const answer = await fetch(`${gateway.url}/v1/events`, {
      headers: { ...bearer(), accept: 'text/event-stream', 'last-event-id': 'x' },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
  });

  it('is asked for by its type alone', async () => {
    const accept = async (path: string, types: string): Promise<number> =>
      (await fetch(`${gateway.url}/v1/${path}`, { headers: { ...bearer(), accept: types } })).status;
    expect(await accept('processes', 'text/event-stream')).toBe(406);
    expect(await accept('events', 'text/plain')).toBe(406);
    expect(await accept('events', 'text/event-stream;q=0')).toBe(406);
  });
});

describe('readers beside 64 writers', () => {
  const writers = 64;
  const rounds = 4;

  it('miss nothing and see nothing twice, whether they pull or listen', async () => {
    await api.ask('POST', '/connections/{key}/pause', 'sandbox-creatio', { body: {} });
    const cursor = await latest();
    const stream = await listen(`${other.url}/v1/events?after=${cursor}`, bearer());
    const pulled: Told[] = [];
    let after = cursor;
    const writing = new AbortController();
    const pulling = (async () => {
      for (let isLast = false; !isLast || !writing.signal.aborted;) {
        const { items, nextCursor } = await page(`limit=7&after=${after}`);
        pulled.push(...items);
        after = nextCursor;
        isLast = items.length === 0 && pulled.length >= writers * rounds * 2;
      }
    })();
    const urls = [gateway.url, other.url];
    const write = async (number: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        const url = urls[(number + round) % 2] ?? '';
        const headers = { ...bearer(), 'content-type': 'application/json', prefer: 'respond-async' };
        const body = JSON.stringify(approval);
        const send = (path: string, text: string) =>
          fetch(`${url}/v1/processes${path}`, {
            method: 'POST',
            headers: { ...headers, 'idempotency-key': randomUUID() },
            body: text,
          });
        const { id } = WithId.parse(await (await send('', body)).json());
        await send(`/${id}/terminate`, '{}');
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, number) => write(number)));
    writing.abort();
    await pulling;
    const { rows } = await database.query<{ id: string }>(
      `select e.id from events e join processes p on p.id = e.process_id
       where p.connection = 'sandbox-creatio' and p.state = 'withdrawn'`,
    );
    const written = rows.map(({ id }) => id).toSorted();
    await until(() => stream.events.length >= written.length, 'the stream to have told everything');
    stream.leave();

    expect(written).toHaveLength(writers * rounds * 2);
    expect(pulled.map(({ id }) => id).toSorted()).toEqual(written);
    expect(stream.events.map(({ id }) => id).toSorted()).toEqual(written);
    expect(stream.events.map(({ id }) => id)).toEqual(pulled.map(({ id }) => id));
    const seen = new Map<string, string>();
    for (const { subject = '', sequence = '' } of pulled) {
      expect(sequence > (seen.get(subject) ?? '')).toBe(true);
      seen.set(subject, sequence);
    }
  });
});
