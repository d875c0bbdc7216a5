import type { ProcessFilter, Visibility } from '../../src/processes/process.reader.js';
import { listProcesses } from '../../src/storage/process-lists.js';
import { fillMany, PagesRead } from './many-processes.js';
import { ProcessRoom } from './process-room.js';

let room: ProcessRoom;

const everything: Visibility = { connections: null, definitions: null, clientId: null };
const dayMs = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * dayMs);
const rows = 51;
/** A page of rows that lie apart, found by an index or two. Whoever reads a filter to its end reads three times as many. */
const mostPages = 450;

type Case = [name: string, filter: Partial<ProcessFilter>, condition: string];

const cases: readonly Case[] = [
  ['everything', {}, 'true'],
  ['a platform of few', { platform: ['paper'] }, `platform = 'paper'`],
  ['all that are over', { category: ['closed'] }, `category = 'closed'`],
  ['a state of few', { state: ['failed'] }, `state = 'failed'`],
  ['a creator', { createdBy: ['erp'] }, `created_by = 'erp'`],
  ['what ended today', { closedAfter: ago(0.5) }, `closed_at > now() - interval '12 hours'`],
  ['what had ended 100 days ago', { closedBefore: ago(100.305) }, `closed_at < now() - interval '8666352 seconds'`],
  [
    'connection and definition',
    { connection: ['north'], definition: ['1'] },
    `connection = 'north' and definition = '1'`,
  ],
  ['connection and state', { connection: ['north'], state: ['ended'] }, `connection = 'north' and state = 'ended'`],
  [
    'connection and creator',
    { connection: ['north'], createdBy: ['erp'] },
    `connection = 'north' and created_by = 'erp'`,
  ],
  ['connection and tag', { connection: ['north'], tag: ['red'] }, `connection = 'north' and 'red' = any (tags)`],
  [
    'connection and subject type',
    { connection: ['north'], subjectType: ['crm.lead'] },
    `connection = 'north' and subject_type = 'crm.lead'`,
  ],
  ['definition and state', { definition: ['1'], state: ['ended'] }, `definition = '1' and state = 'ended'`],
  ['creator and state', { createdBy: ['erp'], state: ['ended'] }, `created_by = 'erp' and state = 'ended'`],
  [
    'connection, definition and state',
    { connection: ['north'], definition: ['1'], state: ['ended', 'failed'] },
    `connection = 'north' and definition = '1' and state in ('ended', 'failed')`,
  ],
  [
    'connection, creator and state',
    { connection: ['north'], createdBy: ['erp'], category: ['open'] },
    `connection = 'north' and created_by = 'erp' and category = 'open'`,
  ],
  [
    'connection, and what ended today',
    { connection: ['south'], closedAfter: ago(0.5) },
    `connection = 'south' and closed_at > now() - interval '12 hours'`,
  ],
  [
    'state, of one who sees what is its own',
    { state: ['ended'], visible: { ...everything, clientId: '01994f0e-0000-7000-8000-00000000000a' } },
    `state = 'ended' and client_id = '01994f0e-0000-7000-8000-00000000000a'`,
  ],
];

beforeAll(async () => {
  room = await ProcessRoom.open();
  await fillMany(room.database);
});
afterAll(async () => {
  await room.database.query('truncate processes, process_tags');
  await room.close();
});

describe('a page among 30,000 processes', () => {
  it.each(cases)('is found by a few hundred pages of the database: %s', async (_, filter, condition) => {
    const counted = new PagesRead(room.database);
    const page = await listProcesses(counted, { visible: everything, ...filter }, { before: null, rows });
    const expected = await room.database.query<{ id: string }[]>(
      `select id from processes where ${condition} order by id desc limit ${rows}`,
    );

    expect(page.processes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(page.readTo).toBeNull();
    expect(counted.pages).toBeLessThan(mostPages);
  });

  it('has what ended before long, also where nothing that was newer did', async () => {
    const page = await room.reader.list({ visible: everything, closedBefore: ago(211.005) }, null, rows);
    const expected = await room.database.query<{ id: string }[]>(
      `select id from processes where closed_at < now() - interval '18230832 seconds' order by id desc limit ${rows}`,
    );

    expect(page.processes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });

  it('is given up where reading on would cost too much, and goes on from there with the next', async () => {
    // No index has both.
    const filter = { visible: everything, definition: ['2'], subjectType: ['crm.lead'] };
    await room.database.query(
      `update processes set definition = '2' where id in (select id from processes order by id limit 3)`,
    );
    const first = await room.reader.list(filter, null, rows);
    const found: string[] = [];
    let pages = 0;
    for (let before: string | null = null; pages === 0 || before !== null; pages += 1) {
      const { processes, readTo } = await room.reader.list(filter, before, rows);
      found.push(...processes.map(({ id }) => id));
      before = readTo;
    }

    expect({ processes: first.processes, ended: first.readTo === null }).toEqual({ processes: [], ended: false });
    expect(found).toHaveLength(3);
    expect(pages).toBeLessThan(5);
  });
});
