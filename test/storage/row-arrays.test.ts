import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { byteas, jsons, listText, plain, texts, times } from '../../src/storage/row-arrays.js';
import { json } from '../../src/storage/process-json.js';
import { freshDatabase } from '../database.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let session: Client;

beforeAll(async () => {
  database = await freshDatabase();
  session = new Client({ connectionString: database.url });
  await session.connect();
});

afterAll(async () => {
  await session.end();
  await database.drop();
});

async function arrived(type: string, values: unknown, shown = 'value'): Promise<readonly unknown[]> {
  const { rows } = await session.query<{ shown: unknown }>(
    `select ${shown} as shown from unnest($1::${type}[]) as one (value)`,
    [values],
  );
  return rows.map((row) => row.shown);
}

const odd = [
  '',
  'a,b',
  '{x}',
  '"quoted"',
  String.raw`back\slash`,
  'null',
  'NULL',
  ' ',
  'täglich',
  '日本',
  '🙂',
  "it's",
  '\n',
];

describe('values of many rows', () => {
  it('arrive as they were: texts', async () => {
    const values = [...odd, null, 'x'.repeat(100_000)];

    expect(await arrived('text', texts(values))).toEqual(values);
  });

  it('arrive without what Postgres has no character for', async () => {
    expect(await arrived('text', texts(['a\0b', null, 'c\uD800d', '\uDC00']))).toEqual(['a�b', null, 'c�d', '�']);
    expect(await arrived('jsonb', jsons([json({ 'a\0': 'b\uD800' })]))).toEqual([{ 'a�': 'b�' }]);
  });

  it('arrive as they were: JSON', async () => {
    const values = [{ odd, deep: { list: [1, null, true, '🙂'] } }, {}];

    expect(await arrived('jsonb', jsons([...values.map(json), null]))).toEqual([...values, null]);
  });

  it('arrive as they were: bytes', async () => {
    const values = [Buffer.from([0, 1, 255, 92]), Buffer.alloc(0)];

    expect(await arrived('bytea', byteas(values))).toEqual(values);
  });

  it('arrive as they were: times, before and after 2000, to the millisecond', async () => {
    const values = [new Date('2026-11-22T08:00:00.123Z'), null, new Date(0), new Date('1999-12-31T23:59:59.999Z')];

    expect(await arrived('timestamptz', times(values))).toEqual(values);
  });

  it('arrive as they were: ids and numbers', async () => {
    const id = '01900000-0000-7000-8000-000000000000';

    expect(await arrived('uuid', plain([id, null]))).toEqual([id, null]);
    expect(await arrived('int', plain([0, null, -7]))).toEqual([0, null, -7]);
    expect(await arrived('float8', plain([0.5, 1e-7, null]))).toEqual([0.5, 1e-7, null]);
  });

  it('arrive as they were: lists of texts', async () => {
    const lists = [odd, [], null, ['one']];

    expect(await arrived('text', texts(lists.map(listText)), 'value::text[]')).toEqual(lists);
  });

  it('may be none', async () => {
    expect(await arrived('jsonb', jsons([]))).toEqual([]);
  });
});
