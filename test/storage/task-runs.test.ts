import { PostgresTaskRuns } from '../../src/storage/task-runs.js';
import { move, type Process } from '../../src/processes/process.js';
import { anOperation, at, portal } from '../processes/samples.js';
import { aCommand, ProcessRoom } from './process-room.js';

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterEach(async () => room.empty());
afterAll(async () => room.close());

describe('the run of a task', () => {
  it('is of the process that has it, at its portal alone', async () => {
    const runs = new PostgresTaskRuns(room.database);
    const [one, other] = [await room.running(), await room.running()];
    const ids = [one, other].map(({ nativeId }) => nativeId ?? '');

    const owners = await runs.owners(portal, [...ids, ...ids, 'of nobody']);

    expect(new Map([...owners].map(([nativeId, { id }]) => [nativeId, id]))).toEqual(
      new Map([
        [ids[0], one.id],
        [ids[1], other.id],
      ]),
    );
    expect(await runs.owners('https://elsewhere.example', ids)).toEqual(new Map());
    expect(await runs.owners(portal, [])).toEqual(new Map());
  });

  it('is not that of the process which has it beside its own', async () => {
    const one = await room.running();
    await room.database.query(
      `insert into native_ids (portal, native_id, process_id, claim) values ($1, 'second', $2, 'direct')`,
      [portal, one.id],
    );

    expect(await new PostgresTaskRuns(room.database).owners(portal, ['second'])).toEqual(new Map());
  });
});

describe('a command on a task', () => {
  const stopping = (process: Process) => move(process, { to: 'terminating', at });

  it('goes through the connection that it names, whatever open state its process is in', async () => {
    const process = await room.running();
    const operation = anOperation(process, 'complete_task', { connection: 'clerk' });
    await room.store.command(aCommand(process, 'complete_task', process, { operation }));
    await room.store.observe(aCommand(process, 'terminate', stopping(process)).change);

    expect(await room.claim(10, process.connection)).toEqual([]);
    expect(await room.claim(10, 'clerk')).toMatchObject([
      { operation: { id: operation.id, kind: 'complete_task' }, process: { id: process.id, state: 'terminating' } },
    ]);
  });

  it('is claimed after the end of its run as well, so that its caller gets a last word', async () => {
    const process = await room.running();
    const operation = anOperation(process, 'complete_task');
    await room.store.command(aCommand(process, 'complete_task', process, { operation }));
    const ended = move(process, { to: 'ended', at, evidence: 'inferred_absence' });
    await room.store.observe(aCommand(process, 'terminate', ended).change);

    expect(await room.claim()).toMatchObject([{ operation: { id: operation.id }, process: { state: 'ended' } }]);
  });
});
