import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresMoveStore } from '../../src/storage/move.store.js';
import { newConnection } from '../connections/samples.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { until } from '../until.js';

const [first, second, third] = ['https://sales.example', 'https://new.example', 'https://newer.example'] as const;

let fresh: FreshDatabase;
let database: Database;
let connections: PostgresConnectionStore;
let moves: PostgresMoveStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 10 });
  connections = new PostgresConnectionStore(database);
  moves = new PostgresMoveStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(async () => {
  await database.query('truncate connections, portal_names, connection_events, native_ids cascade');
  await connections.register(newConnection({ key: 'sales', baseUrl: first }));
});

const move = (from: string, to: string): Promise<string> => moves.move({ connectionKey: 'sales', from, to });
const shown = async () => (await connections.find('sales'))?.connection;
const events = async (): Promise<readonly { type: string; data: object }[]> =>
  database.query('select type, data from connection_events order by id');
const waiting = async (): Promise<readonly object[]> =>
  database.query(`select from pg_locks where not granted and relation = 'connections'::regclass`);

describe('a portal that moves', () => {
  it('is followed once, however many requests were told so at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => move(first, second)));

    expect(answers.filter((answer) => answer === 'moved')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'known')).toHaveLength(19);
    expect(await shown()).toMatchObject({ baseUrl: second, version: 2, moved: { from: first } });
    expect(await events()).toEqual([{ type: 'connection.moved', data: { from: first, to: second } }]);
  });

  it('keeps the name that its runs are kept under, for connections that are registered later too', async () => {
    await move(first, second);
    await connections.register(newConnection({ key: 'service', baseUrl: second }));

    expect((await shown())?.portal).toBe(first);
    expect((await connections.find('service'))?.connection.portal).toBe(first);

    await move(second, third);
    expect((await shown())?.portal).toBe(first);
  });

  it('gives its name to connections that are at the new address already and have no process', async () => {
    await connections.register(newConnection({ key: 'service', baseUrl: `${second}./office` }));
    await connections.register(newConnection({ key: 'other', baseUrl: third }));

    expect(await move(first, second)).toBe('moved');

    expect((await connections.find('service'))?.connection).toMatchObject({ portal: first, version: 1 });
    expect((await connections.find('other'))?.connection.portal).toBe(third);
  });

  it('gives its name to those too whose registration was under way', async () => {
    let moving = Promise.resolve('');
    await database.transaction(async (registering) => {
      await registering.query(
        `insert into connections
         select row.* from connections c, jsonb_populate_record(c, $1::jsonb) row`,
        [{ key: 'service', base_url: second }],
      );
      moving = move(first, second);
      await until(async () => (await waiting()).length > 0, 'the move to wait for the registration');
    });

    expect(await moving).toBe('moved');
    expect((await connections.find('service'))?.connection.portal).toBe(first);
  });

  it('is not followed where a run is held under another name, which is the one of those who come later', async () => {
    await connections.register(newConnection({ key: 'service', baseUrl: second }));
    await database.query(
      `insert into native_ids (portal, native_id, process_id, claim) values ($1, '55', gen_random_uuid(), 'direct')`,
      [second],
    );

    expect(await move(first, second)).toBe('named');

    expect(await shown()).toMatchObject({ baseUrl: first, portal: first, version: 1, moved: null });
    expect((await connections.find('service'))?.connection.portal).toBe(second);
    expect(await events()).toEqual([]);
    await connections.register(newConnection({ key: 'late', baseUrl: first }));
    expect(await moves.move({ connectionKey: 'late', from: first, to: second })).toBe('moved');
    expect((await connections.find('late'))?.connection.portal).toBe(second);
  });

  it('has what it told of run ids learnt anew', async () => {
    await database.query(`insert into run_ids (connection, kept_at, seen) values ('sales', '{now,now,now}', 3)`);
    await move(first, second);
    expect(await database.query('select kept_at, seen from run_ids')).toEqual([{ kept_at: [], seen: 0 }]);
  });

  it('is not followed in a circle', async () => {
    await move(first, second);
    expect(await move(second, first)).toBe('refused');
    expect((await shown())?.baseUrl).toBe(second);
  });

  it('is not followed a fourth time within a day', async () => {
    await move(first, second);
    await move(second, third);
    await move(third, 'https://newest.example');
    expect(await move('https://newest.example', 'https://last.example')).toBe('refused');

    await database.query(`update connection_events set time = time - interval '25 hours'`);
    expect(await move('https://newest.example', 'https://last.example')).toBe('moved');
  });
});
