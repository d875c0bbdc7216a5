import type { RunIds } from '../../src/connections/run-ids.js';
import { QueueDepths } from '../../src/dispatch/queue-depths.js';
import { RecordAttempt } from '../../src/dispatch/record-attempt.js';
import { SendOperation } from '../../src/dispatch/send-operation.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import { Busy, InDoubt, Unreached, type NativeFault } from '../../src/platforms/platform.errors.js';
import type { QueueDepthStore } from '../../src/processes/queue-depth.store.js';
import type { Call, Platform } from '../../src/platforms/platform.js';
import type { Started } from '../../src/platforms/run.js';
import type { Change } from '../../src/processes/change.js';
import type { Claimed, Intended, Operation } from '../../src/processes/operation.js';
import { Outcomes, type OperationOutcome } from '../../src/processes/outcomes.js';
import type { Process } from '../../src/processes/process.js';
import { LeaseLost, StaleRevision, type Intention, type Settlement } from '../../src/processes/process.store.js';
import { PaperPlatform } from '../connections/paper.js';
import { anOperation, aProcess, at, intended, later, aWatch } from '../processes/samples.js';
import {
  aPlatform,
  aPortal,
  BlindReader,
  KeptLog,
  KnownPortals,
  noRunIds,
  QuietLostStore,
  QuietStore,
} from './engine.js';

const leaseSeconds = 30;
const started: Started = {
  state: 'running',
  nativeId: '77',
  nativeState: null,
  result: null,
  failure: null,
  runId: null,
};

const uncounted: QueueDepthStore = {
  add: async () => {},
  all: async () => new Map(),
  recount: async () => {},
  oldestSeconds: async () => null,
  inFlight: async () => 0,
};

/** Keeps what those who wait would be told. */
class KeptOutcomes extends Outcomes {
  readonly told: OperationOutcome[] = [];

  override tell(_operationId: string, outcome: OperationOutcome): void {
    this.told.push(outcome);
  }
}

interface Engine {
  readonly sending: SendOperation;
  readonly store: QuietStore;
  readonly portals: KnownPortals;
  readonly outcomes: KeptOutcomes;
  readonly log: KeptLog;
  readonly looks: Process[];
  readonly pauses: number[];
  readonly depths: QueueDepths;
}

interface Parts {
  readonly platform?: Platform;
  readonly store?: QuietStore;
  readonly reader?: BlindReader;
  readonly portals?: KnownPortals;
  readonly runIds?: RunIds;
}

function engine({
  platform = aPlatform(),
  store = new QuietStore(),
  reader = new BlindReader(),
  ...given
}: Parts = {}): Engine {
  const portals = given.portals ?? new KnownPortals([aPortal({ platform })]);
  const outcomes = new KeptOutcomes(reader, aWatch());
  const log = new KeptLog();
  const looks: Process[] = [];
  const pauses: number[] = [];
  const depths = new QueueDepths({ store: uncounted, log, now: () => 0 });
  const parts = {
    store,
    reader,
    portals,
    outcomes,
    takeOver: new TakeOver(new QuietLostStore(), reader, { now: () => at }),
    runIds: given.runIds ?? noRunIds(),
    depths,
    clock: { now: () => at },
    log,
    leaseSeconds,
    lookSoon: (process: Process) => void looks.push(process),
  };
  const record = new RecordAttempt(parts, async (ms) => void pauses.push(ms));
  return { sending: new SendOperation(parts, record), store, portals, outcomes, log, looks, pauses, depths };
}

function claimed(process = aProcess(), kind: Operation['kind'] = 'start', given: Partial<Operation> = {}): Claimed {
  const operation = anOperation(process, kind, given);
  return { operation, process, lease: { operationId: operation.id, fencingToken: 1n } };
}

function startOut(given: Partial<Process> = {}): Intended {
  return intended(aProcess({ state: 'starting', attempts: 1, ...given }), 'start');
}

function starting(start: (call: Call) => Promise<Started>): Platform {
  return Object.assign(aPlatform(), { start: (_order: unknown, call: Call) => start(call) });
}

function failing(error: unknown): Platform {
  return starting(async () => {
    throw error;
  });
}

/** Lets nobody in who has not signed in, and writes down what it is asked. */
class Doorman extends PaperPlatform {
  session = false;
  readonly asked: string[] = [];

  signedIn(): boolean {
    return this.session;
  }
  signedOut(): void {
    this.asked.push('forgets the session');
    this.session = false;
  }
  async signIn(): Promise<void> {
    this.asked.push('signs in');
    this.session = true;
  }
  override start(): never {
    return this.starts() as never;
  }
  async starts(): Promise<Started> {
    this.asked.push('starts');
    return started;
  }
}

function only(store: QuietStore): Settlement {
  const [settlement, ...others] = store.settlements;
  if (!settlement || others.length > 0) throw new Error(`${store.settlements.length} settlements were written`);
  return settlement;
}

describe('the queue of a connection', () => {
  it('is shorter by a start that is intended, and by one that expires unsent', async () => {
    const { sending, depths } = engine({ platform: starting(async () => started) });
    for (let time = 0; time < 3; time += 1) depths.changed('sales', 1);
    await sending.claimed(claimed());
    expect(depths.of('sales')).toBe(2);
    await sending.expired(claimed(aProcess({ startBefore: at })));

    expect(depths.of('sales')).toBe(1);
  });

  it('is longer by a start that comes back unsent, and as long with one that is given back', async () => {
    const { sending, depths } = engine({ platform: failing(new Unreached('Nobody listens')) });
    await sending.intended(startOut());
    expect(depths.of('sales')).toBe(1);
    await sending.returned(claimed());

    expect(depths.of('sales')).toBe(1);
  });
});

describe('a start that was claimed', () => {
  it('signs in before its intent is on disk, and is sent after it', async () => {
    const doorman = aPlatform(Doorman) as Doorman;
    const store = new (class extends QuietStore {
      override async intend(...given: Parameters<QuietStore['intend']>): Promise<Intention> {
        doorman.asked.push('intends');
        return super.intend(...given);
      }
    })();
    await engine({ platform: doorman, store }).sending.claimed(claimed());

    expect(doorman.asked).toEqual(['signs in', 'intends', 'starts']);
    expect(only(store).change.process).toMatchObject({ state: 'running', nativeId: '77', attempts: 1 });
  });

  it('is not sent where its intent is refused', async () => {
    const doorman = aPlatform(Doorman) as Doorman;
    const store = new (class extends QuietStore {
      override async intend(): Promise<Intention> {
        return { is: 'stale' };
      }
    })();
    await engine({ platform: doorman, store }).sending.claimed(claimed());

    expect(doorman.asked).toEqual(['signs in']);
    expect(store.settlements).toEqual([]);
  });

  it('expires at once where its intent came too late', async () => {
    const store = new (class extends QuietStore {
      override async intend(): Promise<Intention> {
        return { is: 'stale' };
      }
    })();
    const { sending, outcomes } = engine({ store, platform: failing(new Error('It is sent')) });
    await sending.claimed(claimed(aProcess({ startBefore: at })));

    expect(only(store)).toMatchObject({
      attempt: null,
      change: { process: { state: 'expired' } },
      answer: { word: 'unsent' },
    });
    expect(outcomes.told).toMatchObject([
      { state: 'done', answer: { word: 'unsent', progress: { state: 'expired' } } },
    ]);
  });

  it('waits for its connection to come back, unsent', async () => {
    const { sending, store } = engine({ portals: new KnownPortals([]) });
    await sending.claimed(claimed());

    expect(store.intents).toEqual([]);
    expect(only(store)).toMatchObject({
      operation: { state: 'queued', retryAfterMs: 60_000 },
      change: { process: { state: 'queued', waitingFor: { reason: 'retry', until: later(60_000) } } },
    });
  });

  it('waits for new credentials where these are refused at sign-in', async () => {
    const doorman = Object.assign(aPlatform(Doorman), {
      signIn: async () => {
        throw new Busy('credentials', 'The password is wrong');
      },
    });
    const { sending, store, portals } = engine({ platform: doorman });
    await sending.claimed(claimed());

    expect(portals.marks).toEqual(['sales reauthorization_required']);
    // Credentials that have replaced these meanwhile are not meant.
    expect(portals.askedLast).toBe(doorman);
    expect(store.intents).toEqual([]);
    expect(only(store)).toMatchObject({
      attempt: null,
      operation: { state: 'queued' },
      change: { process: { state: 'queued', waitingFor: { reason: 'reauthorization' } } },
    });
  });

  it('waits longer each time that the sign-in brings nothing', async () => {
    const doorman = Object.assign(aPlatform(Doorman), {
      signIn: async () => {
        throw new InDoubt('No answer');
      },
    });
    const { sending, store, portals } = engine({ platform: doorman });
    for (let time = 0; time < 5; time += 1) await sending.claimed(claimed());
    const waits = store.settlements.map(({ operation }) => operation.retryAfterMs ?? 0);

    expect(portals.marks).toEqual([]);
    expect(waits[0]).toBeLessThanOrEqual(1200);
    expect(waits[4]).toBeGreaterThanOrEqual(24_000);
  });
});

describe('a session that the platform calls void', () => {
  /** Calls the session void as often as it is told. */
  class Forgetful extends Doorman {
    refusals = 0;
    native: NativeFault | null = { code: null, message: null, httpStatus: 401 };
    override session = true;

    override async starts(): Promise<Started> {
      this.asked.push('starts');
      this.refusals -= 1;
      if (this.refusals >= 0) throw new Busy('sign_in', 'Expired', this.native);
      return started;
    }
  }

  function forgetful(refusals: number): Forgetful {
    return Object.assign(aPlatform(Forgetful) as Forgetful, { refusals });
  }

  it('is renewed, and the same start goes once more as an attempt of its own', async () => {
    const doorman = forgetful(1);
    const { sending, store, portals } = engine({ platform: doorman });
    const start = claimed();
    await sending.claimed(start);
    const [first] = store.settlements;
    await sending.claimed({ ...start, operation: { ...start.operation, attempts: 1 } });

    expect(first).toMatchObject({
      attempt: { class: 'refused_before_execution' },
      operation: { state: 'queued', retryAfterMs: 0 },
      change: { process: { state: 'queued' } },
    });
    expect(doorman.asked).toEqual(['starts', 'forgets the session', 'signs in', 'starts']);
    expect(store.intents).toHaveLength(2);
    expect(store.settlements[1]?.change.process.state).toBe('running');
    expect(portals.marks).toEqual([]);
  });

  it('a second time shows that the credentials are worth nothing', async () => {
    const { sending, store, portals } = engine({ platform: forgetful(2) });
    const start = claimed();
    await sending.claimed(start);
    await sending.claimed(start);

    expect(portals.marks).toEqual(['sales reauthorization_required']);
    expect(store.settlements[1]).toMatchObject({
      operation: { state: 'queued' },
      change: { process: { state: 'queued', waitingFor: { reason: 'reauthorization' } } },
    });
  });

  it('is no second time where the start came through in between, or was not sent', async () => {
    const doorman = Object.assign(forgetful(1), { native: null });
    const { sending, portals } = engine({ platform: doorman });
    const start = claimed();
    await sending.claimed(start);
    Object.assign(doorman, { refusals: 1, native: { code: null, message: null, httpStatus: 401 } });
    await sending.claimed(start);
    await sending.claimed(start);
    doorman.refusals = 1;
    await sending.claimed(start);

    expect(portals.marks).toEqual([]);
  });
});

describe('a request', () => {
  it('may be written until half of the lease is over since its intent, and not later', async () => {
    const asked: boolean[] = [];
    const platform = starting(async ({ mayWrite }) => {
      asked.push(mayWrite?.() ?? true);
      return started;
    });
    const { sending } = engine({ platform });
    const halfMs = (leaseSeconds * 1000) / 2;
    await sending.intended({ ...startOut(), issuedAtMs: performance.now() - halfMs + 5000 });
    await sending.intended({ ...startOut(), issuedAtMs: performance.now() - halfMs });

    expect(asked).toEqual([true, false]);
  });

  it('is told to those who wait with what was written', async () => {
    const { sending, outcomes } = engine({ platform: starting(async () => started) });
    await sending.intended(startOut());

    expect(outcomes.told).toMatchObject([
      { state: 'done', process: { nativeId: '77' }, answer: { word: 'confirmed', progress: { nativeId: '77' } } },
    ]);
  });

  it.each([
    ['portal_closed', 'sales degraded'],
    ['credentials', 'sales reauthorization_required'],
  ] as const)('records what a refusal says of its connection: %s', async (because, mark) => {
    const { sending, portals } = engine({ platform: failing(new Busy(because, 'No')) });
    await sending.intended(startOut());

    expect(portals.marks).toEqual([mark]);
  });

  it('keeps its verdict where the connection cannot be marked', async () => {
    const portals = new (class extends KnownPortals {
      override async mark(): Promise<never> {
        throw new Error('The database is gone');
      }
    })([aPortal({ platform: failing(new Busy('portal_closed', 'Closed')) })]);
    const { sending, store } = engine({ portals });

    await expect(sending.intended(startOut())).rejects.toThrow('The database is gone');
    expect(only(store).change.process.state).toBe('queued');
  });

  it('that could not even be prepared was not sent, and is queued again', async () => {
    const portals = new (class extends KnownPortals {
      override async of(): Promise<never> {
        throw new Error('The database is gone');
      }
    })([]);
    const { sending, store } = engine({ portals });

    await expect(sending.intended(startOut())).rejects.toThrow('The database is gone');
    expect(only(store)).toMatchObject({
      attempt: { class: 'not_sent' },
      operation: { state: 'queued' },
      change: { process: { state: 'queued' } },
    });
  });

  it('whose connection is gone was not sent either', async () => {
    const { sending, store } = engine({ portals: new KnownPortals([]) });
    await expect(sending.intended(startOut())).rejects.toThrow('gone');

    expect(only(store)).toMatchObject({ attempt: { class: 'not_sent' }, change: { process: { state: 'queued' } } });
  });
});

describe('a verdict', () => {
  class Forgetful extends QuietStore {
    constructor(private readonly failures: Error[]) {
      super();
    }
    override async settle(settlement: Settlement): Promise<Process> {
      const failure = this.failures.shift();
      if (failure) throw failure;
      return super.settle(settlement);
    }
  }

  it('is written again where the database fails, and told once', async () => {
    const store = new Forgetful([new Error('Connection terminated'), new Error('Connection terminated')]);
    const { sending, outcomes, pauses } = engine({ store, platform: starting(async () => started) });
    await sending.intended(startOut());

    expect(only(store).change.process.state).toBe('running');
    expect(outcomes.told).toHaveLength(1);
    expect(pauses).toEqual([100, 500]);
  });

  it('is left to the rows where the database stays away', async () => {
    const store = new Forgetful(Array.from({ length: 400 }, () => new Error('Connection terminated')));
    const { sending, outcomes } = engine({ store, platform: starting(async () => started) });

    await expect(sending.intended(startOut())).rejects.toThrow('Connection terminated');
    expect(outcomes.told).toEqual([]);
  });

  it('is written although what it says of the portal cannot be', async () => {
    const runIds = noRunIds();
    runIds.distrust = () => Promise.reject(new Error('Connection terminated'));
    const answered = { ...started, runId: 'ignored' as const };
    const { sending, store } = engine({ runIds, platform: starting(async () => answered) });
    const probe = startOut({ state: 'indeterminate' });

    const sent = sending.intended({ ...probe, attempt: { ...probe.attempt, kind: 'probe' } });

    await expect(sent).rejects.toThrow('Connection terminated');
    expect(store.settlements).toMatchObject([{ attempt: { class: 'accepted', nativeId: started.nativeId } }]);
  });

  it('of a lease that was lost is told to nobody', async () => {
    const { sending, outcomes, log } = engine({
      store: new Forgetful([new LeaseLost('Taken over')]),
      platform: starting(async () => started),
    });
    await sending.intended(startOut());

    expect(outcomes.told).toEqual([]);
    expect(log.events).toContain('operation.lease-lost');
  });

  it('is decided anew on the process as it is now', async () => {
    const start = startOut();
    const reader = new (class extends BlindReader {
      override async find(): Promise<Process> {
        return { ...start.process, state: 'completed', nativeId: '77', evidence: 'report_back', revision: 9 };
      }
    })();
    const store = new Forgetful([new StaleRevision('Moved')]);
    await engine({ store, reader, platform: starting(async () => started) }).sending.intended(start);

    expect(only(store)).toMatchObject({ change: { fromRevision: 9, process: { state: 'completed', revision: 10 } } });
  });

  it('is written where what stood in its way was gone when it was looked for', async () => {
    const start = startOut();
    const reader = new (class extends BlindReader {
      override async find(): Promise<Process> {
        return start.process;
      }
    })();
    const store = new Forgetful([new StaleRevision('The id was taken'), new StaleRevision('The id was taken')]);
    await engine({ store, reader, platform: starting(async () => started) }).sending.intended(start);

    expect(only(store)).toMatchObject({ change: { process: { state: 'running', nativeId: '77' } } });
  });

  it.each<[string, Process | null]>([
    ['is gone', null],
    ['has not moved', aProcess()],
  ])('is not decided anew for ever where the process %s', async (_, found) => {
    const start = startOut();
    const reader = new (class extends BlindReader {
      override async find(): Promise<Process | null> {
        return found && start.process;
      }
    })();
    const store = new Forgetful(Array.from({ length: 50 }, () => new StaleRevision('Moved')));

    await expect(
      engine({ store, reader, platform: starting(async () => started) }).sending.intended(start),
    ).rejects.toThrow(StaleRevision);
  });
});

describe('a stop that was accepted while the start was out', () => {
  function withStop(process: Process): BlindReader {
    return new (class extends BlindReader {
      override async acceptedStops(): Promise<readonly Operation[]> {
        return [anOperation(process, 'terminate')];
      }
    })();
  }

  it('has the start withdrawn where it comes back unsent', async () => {
    const start = startOut();
    const { sending, store, outcomes } = engine({
      reader: withStop(start.process),
      platform: failing(new Unreached('Refused to connect')),
    });
    await sending.intended(start);

    expect(only(store)).toMatchObject({ operation: { state: 'done' }, change: { process: { state: 'withdrawn' } } });
    expect(outcomes.told).toMatchObject([{ answer: { word: 'unsent' } }]);
  });

  it('waits where the start may have happened', async () => {
    const start = startOut();
    const { sending, store } = engine({ reader: withStop(start.process), platform: failing(new InDoubt('Cut')) });
    await sending.intended(start);

    expect(only(store)).toMatchObject({
      operation: { state: 'unknown' },
      change: { process: { state: 'indeterminate' } },
    });
  });
});

describe('a command whose process is closed by the time that it is claimed', () => {
  const closed = (state: 'rejected' | 'withdrawn' | 'completed' | 'terminated'): Process =>
    aProcess({ state, nativeId: '77' });

  it.each([
    ['rejected', 'terminate', 0, 'gone'],
    ['completed', 'kill', 1, 'gone'],
    ['withdrawn', 'terminate', 0, 'confirmed'],
    ['terminated', 'terminate', 0, 'gone'],
    ['terminated', 'terminate', 1, 'confirmed'],
    ['withdrawn', 'complete_element', 0, 'gone'],
    ['completed', 'complete_task', 0, 'gone'],
  ] as const)('(%s) is answered without a request: %s after %i attempts is %s', async (state, kind, attempts, word) => {
    const { sending, store, outcomes } = engine();
    await sending.claimed(claimed(closed(state), kind, { attempts }));

    expect(store.intents).toEqual([]);
    expect(only(store)).toMatchObject({
      attempt: null,
      operation: { state: 'done' },
      change: { process: { state } },
      answer: { word },
    });
    expect(outcomes.told).toMatchObject([{ answer: { word } }]);
  });
});

describe('a command whose process moved between claim and intent', () => {
  /** A store that takes an intent on the newest revision only. */
  class Moving extends QuietStore {
    constructor(private readonly newest: Process) {
      super();
    }
    override async intend(claim: Claimed, change: Change): Promise<Intention> {
      return claim.process.revision === this.newest.revision ? super.intend(claim, change) : { is: 'stale' };
    }
  }

  function readerOf(process: Process): BlindReader {
    return new (class extends BlindReader {
      override async find(): Promise<Process> {
        return process;
      }
    })();
  }

  const running = aProcess({ state: 'running', nativeId: '77', revision: 2 });

  it('goes out on the process as it is now', async () => {
    const moved = { ...running, revision: 3 };
    const platform = Object.assign(aPlatform(), { terminate: async () => 'terminated' });
    const { sending, store } = engine({ store: new Moving(moved), reader: readerOf(moved), platform });
    await sending.claimed(claimed(running, 'terminate'));

    expect(store.intents).toMatchObject([
      { process: { state: 'terminating' }, news: [{ type: 'process.terminating' }] },
    ]);
    expect(only(store)).toMatchObject({ change: { process: { state: 'terminated' } } });
  });

  it('is answered where the process closed', async () => {
    const moved: Process = { ...running, state: 'completed', revision: 3 };
    const { sending, store } = engine({ store: new Moving(moved), reader: readerOf(moved) });
    await sending.claimed(claimed(running, 'terminate'));

    expect(only(store)).toMatchObject({ change: { process: { state: 'completed' } }, answer: { word: 'gone' } });
  });

  it.each(['terminate', 'kill', 'complete_element', 'complete_task', 'delegate_task'] as const)(
    '%s waits where it lost its run',
    async (kind) => {
      const moved: Process = { ...running, state: 'indeterminate', nativeId: null, revision: 3 };
      const { sending, store } = engine({ store: new Moving(moved), reader: readerOf(moved) });
      await sending.claimed(claimed(running, kind));

      expect(store.intents).toEqual([]);
      expect(only(store)).toMatchObject({
        attempt: null,
        operation: { state: 'queued' },
        change: { process: { state: 'indeterminate' } },
        answer: null,
      });
    },
  );

  it('is left alone where it is a start that was withdrawn', async () => {
    const moved = aProcess({ state: 'withdrawn', revision: 3 });
    const { sending, store } = engine({ store: new Moving(moved), reader: readerOf(moved) });
    await sending.claimed(claimed(aProcess({ revision: 2 })));

    expect(store.settlements).toEqual([]);
  });
});

describe('an attempt whose worker is gone', () => {
  it('makes a start indeterminate', async () => {
    const { sending, store, outcomes } = engine();
    await sending.abandoned(startOut());

    expect(only(store)).toMatchObject({
      attempt: { class: 'unknown' },
      operation: { state: 'unknown' },
      change: { process: { state: 'indeterminate' } },
    });
    expect(outcomes.told).toMatchObject([{ state: 'unknown', answer: null }]);
  });

  it.each([
    ['accepted', 'running', 'done'],
    ['not_sent', 'queued', 'queued'],
    ['refused', 'rejected', 'refused'],
    ['unknown', 'indeterminate', 'unknown'],
  ] as const)('is read where its answer came late: %s', async (learnt, state, operation) => {
    const { sending, store } = engine();
    const start = startOut();
    const nativeId = learnt === 'accepted' ? '77' : null;
    await sending.abandoned({ ...start, attempt: { ...start.attempt, class: learnt, nativeId } });

    expect(only(store)).toMatchObject({
      attempt: null,
      reads: start.attempt.id,
      operation: { state: operation },
      change: { process: { state } },
    });
  });

  it.each(['terminate', 'kill', 'complete_element', 'complete_task', 'delegate_task'] as const)(
    'is followed by another where it was a %s',
    async (kind) => {
      const { sending, store } = engine();
      await sending.abandoned(intended(aProcess({ state: 'running', nativeId: '77' }), kind));

      expect(only(store)).toMatchObject({
        operation: { state: 'queued' },
        change: { process: { state: 'running' } },
        answer: null,
      });
    },
  );
});

describe('what moves on by itself from there', () => {
  it('is looked at soon where the platform takes its time over a stop', async () => {
    const platform = Object.assign(aPlatform(), { terminate: async () => 'terminating' });
    const { sending, looks } = engine({ platform });
    await sending.intended(intended(aProcess({ state: 'terminating', nativeId: '77' }), 'terminate'));
    expect(looks).toMatchObject([{ state: 'terminating' }]);
  });

  it('is looked at soon where a task of a run is done, which may go on or end', async () => {
    const input = { taskId: 'sales:5', nativeTaskId: '5', by: 'erp', status: 'yes', comment: null, fields: {} };
    const running = aProcess({ state: 'running', nativeId: '77' });
    const asked: unknown[] = [];
    const platform = Object.assign(aPlatform(), { completeTask: async (given: object) => void asked.push(given) });
    const { sending, looks, store } = engine({ platform });
    await sending.intended(intended(running, 'complete_task', { input }));

    expect(asked).toMatchObject([{ nativeTaskId: '5', status: 'yes', comment: null, fields: {} }]);
    expect(only(store)).toMatchObject({ operation: { state: 'done' }, change: { news: [{ type: 'task.completed' }] } });
    expect(looks).toMatchObject([{ id: running.id }]);
  });
});
