import { touched } from '../../src/processes/change.js';
import { move } from '../../src/processes/process.js';
import { PostgresTaskNews } from '../../src/storage/task-news.js';
import { at } from '../processes/samples.js';
import { until } from '../until.js';
import { aCommand, ProcessRoom } from './process-room.js';

let room: ProcessRoom;
let news: PostgresTaskNews;

beforeAll(async () => {
  room = await ProcessRoom.open();
  news = new PostgresTaskNews(room.database);
});
afterEach(async () => {
  await room.empty();
  await room.database.query('truncate task_looks');
});
afterAll(async () => room.close());

const due = async (seconds: number) => [...(await news.claimLooks(['sales', 'other'], seconds))];

/** As if all had been looked at that long ago. */
async function lookedAt(secondsAgo: number): Promise<void> {
  await room.database.query('update task_looks set looked_at = clock_timestamp() - make_interval(secs => $1)', [
    secondsAgo,
  ]);
}

describe('the tasks of a connection', () => {
  it('are looked for by one replica at a time, and not before their time', async () => {
    await room.running();

    expect(await due(30)).toEqual([]);
    await lookedAt(29);
    expect(await due(30)).toEqual([]);
    await lookedAt(31);
    expect(await due(30)).toEqual(['sales']);
    expect(await due(30)).toEqual([]);
  });

  it('are looked for by one of two replicas that claim them in the same moment', async () => {
    await room.running();
    await due(30);
    await lookedAt(31);

    const second = await room.database.transaction(async (transaction) => {
      expect([...(await new PostgresTaskNews(transaction).claimLooks(['sales'], 30))]).toEqual(['sales']);
      const claiming = due(30);
      await until(
        async () => (await room.database.query<unknown[]>('select from pg_locks where not granted')).length > 0,
        'the second claim to wait for the first',
      );
      return { claiming };
    });

    expect(await second.claiming).toEqual([]);
  });

  it('are not looked for where no run is open', async () => {
    const process = await room.running();
    await due(30);
    await lookedAt(31);
    const ended = move(process, { to: 'ended', at, evidence: 'inferred_absence' });
    await room.store.observe(aCommand(process, 'terminate', ended).change);

    expect(await due(30)).toEqual([]);
  });
});

describe('a task that appeared', () => {
  it('is told of once', async () => {
    const process = await room.running();
    const data = { taskId: 'sales:5' };
    await room.store.observe(touched(process, { news: [{ type: 'task.created', data }] }));
    const other = await room.running();

    expect([...(await news.untold(process.id, ['sales:5', 'sales:6']))]).toEqual(['sales:6']);
    expect([...(await news.untold(other.id, ['sales:5']))]).toEqual(['sales:5']);
  });
});
