import { CommandDesk, type CommandOnProcess, type Plan } from '../../src/processes/command-desk.js';
import type { Hold } from '../../src/processes/hold.js';
import { KeyReused, NotFound } from '../../src/processes/process.errors.js';
import type { RememberedKey } from '../../src/processes/process.reader.js';
import type { Command } from '../../src/processes/process.store.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import type { Process, WaitingFor } from '../../src/processes/process.js';
import type { Sender } from '../../src/processes/sender.js';
import { StopProcess } from '../../src/processes/stop-process.js';
import { TaskCommands } from '../../src/processes/task-commands.js';
import { TaskDone } from '../../src/processes/task.errors.js';
import { aPlatform, aPortal, BlindReader, KnownPortals, QuietStore } from '../dispatch/engine.js';
import { anOperation, aProcess, at, clientId, later } from './samples.js';

const running = aProcess({ state: 'running', nativeId: '77', revision: 3 });
const by = {
  id: clientId,
  name: 'erp',
  visible: { connections: null, definitions: null, clientId: null },
  mayStart: true,
  maySign: false,
};

function commandOn(process: Process): CommandOnProcess {
  const key = { clientId, key: 'key-1', fingerprint: Buffer.from('the body') };
  return { processId: process.id, by, key, traceId: 'trace' };
}

function planned(process: Process): Plan {
  return { kind: 'terminate', input: {}, after: process, data: {}, takesBack: null };
}

/** Gives one process after the other, the last one for ever. */
class Reader extends BlindReader {
  constructor(
    private readonly processes: Process[],
    private readonly known: RememberedKey | null = null,
  ) {
    super();
  }
  override async find(): Promise<Process | null> {
    return (this.processes.length > 1 ? this.processes.shift() : this.processes[0]) ?? null;
  }
  override async remembered(): Promise<RememberedKey | null> {
    return this.known;
  }
}

class Store extends QuietStore {
  readonly commands: Command[] = [];

  constructor(private readonly stale: number = 0) {
    super();
  }
  override async command(command: Command): ReturnType<QuietStore['command']> {
    this.commands.push(command);
    if (this.commands.length <= this.stale) throw new StaleRevision('Moved');
    return super.command(command);
  }
}

class Awake implements Sender {
  wakes = 0;

  async reserve(): Promise<WaitingFor> {
    return { reason: 'capacity' };
  }
  readonly isRushed = false;
  comes(): () => void {
    return () => {};
  }
  assertMayQueue(): void {}
  queued(): void {}
  unqueued(): void {}
  send(): never {
    throw new Error('Nothing is sent here');
  }
  wake(): void {
    this.wakes += 1;
  }
}

function desk(reader: Reader, store = new Store(), sender = new Awake()): CommandDesk {
  return new CommandDesk(store, reader, sender, { now: () => at });
}

function remembered(fingerprint: string): RememberedKey {
  return {
    fingerprint: Buffer.from(fingerprint),
    operationId: 'operation',
    processId: running.id,
    answer: null,
    key: 'key-1',
    createdAt: at,
  };
}

describe('a command', () => {
  it('is accepted on the process as it was read, and the engine is woken', async () => {
    const [store, sender] = [new Store(), new Awake()];
    const taken = await desk(new Reader([running]), store, sender).take(commandOn(running), async () =>
      planned(running),
    );

    expect(taken).toMatchObject({ is: 'accepted', process: running });
    expect(store.commands).toMatchObject([
      { change: { fromRevision: 3 }, operation: { kind: 'terminate', state: 'queued' } },
    ]);
    expect(sender.wakes).toBe(1);
  });

  it('is decided anew where the process has moved in between', async () => {
    const moved = { ...running, revision: 4 };
    const store = new Store(1);
    await desk(new Reader([running, moved]), store).take(commandOn(running), async (process) => planned(process));

    expect(store.commands.map(({ change }) => change.fromRevision)).toEqual([3, 4]);
  });

  it('is not decided anew for ever where the process does not move', async () => {
    const store = new Store(Number.POSITIVE_INFINITY);

    await expect(
      desk(new Reader([running]), store).take(commandOn(running), async (process) => planned(process)),
    ).rejects.toThrow(StaleRevision);
    expect(store.commands).toHaveLength(2);
  });

  it('that came before is known, and nothing is planned', async () => {
    const reader = new Reader([running], remembered('the body'));

    expect(await desk(reader).take(commandOn(running), () => Promise.reject(new Error('planned')))).toMatchObject({
      is: 'known',
    });
  });

  it.each([
    ['is the one that was carried out while it was being decided', 'the body', 'known'],
    ['is refused for the key that another took meanwhile', 'another body', 'KeyReused'],
    ['finds that where its key is free', null, 'NotFound'],
  ])('that finds nothing left to do %s', async (_, fingerprint, told) => {
    const kept: RememberedKey[] = [];
    const reader = new (class extends Reader {
      override remembered = async () => kept[0] ?? null;
    })([running]);
    const taking = desk(reader).take(commandOn(running), () => {
      if (fingerprint !== null) kept.push(remembered(fingerprint));
      return Promise.reject(new NotFound('anything to stop'));
    });
    const taken = await taking.then(
      ({ is }) => is,
      (error: Error) => error.name,
    );

    expect(taken).toBe(told);
  });

  it('on a task that the same command has answered while it was looked at is that one', async () => {
    const kept: RememberedKey[] = [];
    const reader = new (class extends Reader {
      override remembered = async () => kept[0] ?? null;
    })([running]);
    const sight = {
      of: async (taskId: string) => {
        kept.push(remembered('the body'));
        throw new TaskDone(taskId);
      },
    };
    const answer = { status: 'yes', comment: null, fields: {} } as const;

    expect(
      await new TaskCommands(desk(reader), sight).complete({ ...commandOn(running), taskId: 'sales:5', answer }),
    ).toMatchObject({ is: 'known' });
  });

  it('with the key of another is refused', async () => {
    const reader = new Reader([running], remembered('another body'));

    await expect(desk(reader).take(commandOn(running), async () => planned(running))).rejects.toThrow(KeyReused);
  });

  it('on what its caller may not see finds nothing', async () => {
    const command = { ...commandOn(running), by: { ...by, visible: { ...by.visible, connections: ['other'] } } };

    await expect(desk(new Reader([running])).take(command, async () => planned(running))).rejects.toThrow(NotFound);
    await expect(desk(new Reader([])).take(commandOn(running), async () => planned(running))).rejects.toThrow(NotFound);
  });
});

describe('a stop', () => {
  function stopOf(process: Process, hold: Hold | null = null): { stop: StopProcess; store: Store } {
    const store = new Store();
    const holds = { current: async () => hold };
    const reader = Object.assign(new Reader([process]), {
      openOperations: async () => [anOperation(process, 'start')],
    });
    const portals = new KnownPortals([
      aPortal({ platform: Object.assign(aPlatform(), { terminate: async () => 'terminated' }) }),
    ]);
    return { stop: new StopProcess(desk(reader, store), reader, portals, holds, { now: () => at }), store };
  }

  const asked = { kind: 'terminate', reason: null, whenFound: false } as const;

  it('that is remembered counts the revision on, so that a start which comes back unsent meets it', async () => {
    const starting = aProcess({ state: 'starting', revision: 1 });
    const { stop, store } = stopOf(starting);
    await stop.stop({ ...commandOn(starting), ...asked });

    expect(store.commands).toMatchObject([
      { change: { fromRevision: 1, process: { state: 'starting', revision: 2 }, news: [] } },
    ]);
  });

  it('that is sent shows in the state and the history', async () => {
    const { stop, store } = stopOf(running);
    await stop.stop({ ...commandOn(running), ...asked });

    expect(store.commands).toMatchObject([
      { change: { process: { state: 'terminating' }, news: [{ type: 'process.terminating' }] } },
    ]);
  });

  it('of what waits in the queue withdraws its start, and is done with that', async () => {
    const queued = aProcess({ state: 'queued' });
    const { stop, store } = stopOf(queued);
    await stop.stop({ ...commandOn(queued), ...asked });

    expect(store.commands).toMatchObject([
      { change: { process: { state: 'withdrawn' } }, takesBack: { to: 'done' }, answer: { word: 'confirmed' } },
    ]);
  });

  it('of what is held since the database was put back is remembered, since it may have been sent', async () => {
    const queued = aProcess({ state: 'queued' });
    const { stop, store } = stopOf(queued, { id: 'hold', because: 'It was restored', noticedAt: later(1) });
    await stop.stop({ ...commandOn(queued), ...asked });

    expect(store.commands).toMatchObject([{ change: { process: { state: 'queued' } }, takesBack: null, answer: null }]);
  });
});
