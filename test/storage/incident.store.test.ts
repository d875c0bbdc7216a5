import type { OperationState } from '../../src/processes/operation.js';
import { incident } from '../../src/processes/incident.js';
import { touched } from '../../src/processes/change.js';
import type { Visibility } from '../../src/processes/process.reader.js';
import { PostgresIncidentStore } from '../../src/storage/incident.store.js';
import { loseOne } from './lost-room.js';
import { aCommand, ProcessRoom } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room.close());
beforeEach(() => room.empty());

const visible: Visibility = { connections: null, definitions: null, clientId: null };

describe('an incident is shown with whether its process was stopped', () => {
  async function isStopped(stop: OperationState | null): Promise<boolean | undefined> {
    const { process } = await loseOne(room);
    const lost = await room.found(process.id);
    await room.store.observe(touched(lost, { opens: [incident('outcome-unknown')] }));
    if (stop) {
      const before = await room.found(process.id);
      await room.store.command(aCommand(before, 'terminate', touched(before).process));
      await room.database.query("update operations set state = $1 where kind = 'terminate'", [stop]);
    }
    const [only] = await new PostgresIncidentStore(room.database).list({ visible }, null, 10);
    return only?.isStopped;
  }

  it.each([
    [null, false],
    ['queued', true],
    ['sending', true],
    ['done', true],
    ['refused', false],
  ] as const)('by a stop that is %s: %s', async (stop, expected) => {
    expect(await isStopped(stop)).toBe(expected);
  });
});
