import { v7 as uuidv7 } from 'uuid';
import { loseOne } from './lost-room.js';
import { ProcessRoom } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

/** Whether another of its definition may have made a run that looks like this one's. */
async function hasOthers(): Promise<boolean> {
  const { process } = await loseOne(room);
  return room.lost.othersLost(process);
}

describe('a lost start', () => {
  it('has others beside it while one of its definition is being sent', async () => {
    await room.sending({ lane: uuidv7() });

    expect(await hasOthers()).toBe(true);
  });

  it('has others beside it where one of its definition is lost as well', async () => {
    await loseOne(room);

    expect(await hasOthers()).toBe(true);
  });

  it('has others beside it where one of its definition runs without a name', async () => {
    const { id } = await room.running({ lane: uuidv7() });
    await room.database.query('update processes set native_id = null where id = $1', [id]);

    expect(await hasOthers()).toBe(true);
  });

  it('has none in runs that have a name, starts of other definitions and those that wait', async () => {
    await room.running({ lane: uuidv7() });
    await room.queued({ lane: uuidv7() });
    await room.sending({ lane: uuidv7(), definition: '7' });

    expect(await hasOthers()).toBe(false);
  });
});
