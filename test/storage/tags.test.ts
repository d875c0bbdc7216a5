import { Client } from 'pg';
import { openDatabase } from '../../src/storage/database.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { aProcess } from '../processes/samples.js';
import { acceptance, aStart, delays, leaseSeconds, ProcessRoom, type Start } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());

interface Told {
  readonly tag: string;
  readonly connection: string;
}

/** Of a process, as lists find it by them. */
function tagsOf(processId: string): Promise<Told[]> {
  return room.database.query('select tag, connection from process_tags where process_id = $1 order by tag', [
    processId,
  ]);
}

const twice = ['red', 'blue', 'red', 'a\0', 'a\uFFFD'];
const once = ['a\uFFFD', 'blue', 'red'].map((tag) => ({ tag, connection: 'sales' }));

describe('the tags of a process', () => {
  it('are there once each when its start was accepted', async () => {
    const { process } = await room.queued({ tags: twice });

    expect(await tagsOf(process.id)).toEqual(once);
  });

  it('are its own where many starts are accepted together', async () => {
    const starts = Array.from({ length: 40 }, (_, number) =>
      aStart({ tags: number % 3 === 0 ? [] : [`lot-${number}`, 'bench'].slice(0, number % 3) }),
    );
    await Promise.all(starts.map((start) => room.store.accept(acceptance(start))));

    for (const { process } of starts) {
      expect((await tagsOf(process.id)).map(({ tag }) => tag)).toEqual(process.tags.toSorted());
    }
  });

  it('are there once each where a pooler lent the session', async () => {
    const lent = await openDatabase({ url: room.url, poolSize: 1, pooled: true });
    const start = aStart({ tags: twice });
    await new PostgresProcessStore(lent, leaseSeconds, delays).accept(acceptance(start));
    await lent.destroy();

    expect(await tagsOf(start.process.id)).toEqual(once);
  });

  it('are there where a replica of before accepted it', async () => {
    const start = await room.queued({ tags: ['red', 'blue', 'red'] });

    expect((await tagsOf(await writtenAsBefore(start))).map(({ tag }) => tag)).toEqual(['blue', 'red']);
  });
});

/** The row of a start as another one, by a writer who knows of no other table for tags. */
async function writtenAsBefore({ process }: Start): Promise<string> {
  const { id } = aProcess();
  const before = new Client({ connectionString: room.url });
  await before.connect();
  await before.query(
    `insert into processes
     select (jsonb_populate_record(p, jsonb_build_object('id', $2::text))).* from processes p where id = $1`,
    [process.id, id],
  );
  await before.end();
  return id;
}
