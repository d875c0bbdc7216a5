import { AcceptStart } from '../../src/processes/accept-start.js';
import type { Definitions } from '../../src/connections/definitions.js';
import type { Portal } from '../../src/connections/portals.js';
import type { Intended } from '../../src/processes/operation.js';
import { BusinessKeyTaken, CredentialsRefused, KeyReused } from '../../src/processes/process.errors.js';
import type { Acceptance, Accepted } from '../../src/processes/process.store.js';
import type { WaitingFor } from '../../src/processes/process.js';
import type { Place, Sender } from '../../src/processes/sender.js';
import type { StartCommand, StartFields } from '../../src/processes/start-command.js';
import { SecretBox } from '../../src/lib/secret-box.js';
import { SealedValues } from '../../src/processes/sealed-values.js';
import { StartProcess } from '../../src/processes/start-process.js';
import { aPortal, BlindReader, KnownPortals, QuietStore } from '../dispatch/engine.js';
import { at, clientId, later } from './samples.js';

const fields: StartFields = {
  connection: 'sales',
  definition: '1',
  subject: null,
  variables: {},
  options: {},
  results: [],
  businessKey: null,
  onBusinessKeyConflict: 'allow',
  tags: [],
  metadata: {},
  startBefore: null,
  startWithinSeconds: null,
  onIndeterminate: 'block',
};

function commandOf(given: Partial<StartFields> = {}, waits = true): StartCommand {
  const visible = { connections: null, definitions: null, clientId: null };
  return {
    fields: { ...fields, ...given },
    by: { id: clientId, name: 'erp', visible, mayStart: true, maySign: false },
    key: { clientId, key: 'key-1', fingerprint: Buffer.from('the body') },
    traceId: 'trace',
    retryOf: null,
    waits,
  };
}

/** Has one place to give, and writes down what becomes of it. */
class OnePlace implements Sender {
  readonly sent: Intended[] = [];
  wakes = 0;
  released = 0;
  /** Starts that nobody waits for and that are not accepted yet. */
  coming = 0;
  isRushed = false;
  readonly toQueue: string[] = [];

  async reserve(): Promise<Place | WaitingFor> {
    return { release: () => void (this.released += 1) };
  }
  comes(): () => void {
    this.coming += 1;
    return () => void (this.coming -= 1);
  }
  assertMayQueue(): void {}
  queued(connectionKey: string): void {
    this.toQueue.push(connectionKey);
  }
  unqueued(): void {}
  send(intended: Intended): void {
    this.sent.push(intended);
  }
  wake(): void {
    this.wakes += 1;
  }
}

class Full extends OnePlace {
  override async reserve(): Promise<WaitingFor> {
    return { reason: 'capacity' };
  }
}

class Store extends QuietStore {
  readonly accepted: Acceptance[] = [];

  constructor(private readonly outcome: Accepted | Error | null = null) {
    super();
  }
  override async accept(acceptance: Acceptance): Promise<Accepted> {
    this.accepted.push(acceptance);
    if (this.outcome instanceof Error) throw this.outcome;
    return this.outcome ?? super.accept(acceptance);
  }
}

function starts(sender: Sender, store = new Store(), portal: Portal = aPortal()): StartProcess {
  const definitions = { lookUp: async () => ({ found: 'unknown' }) } as unknown as Definitions;
  const acceptance = new AcceptStart(store, sender, () => ({ chosenId: null, lifeSeconds: 60, batchId: null }));
  const sealed = new SealedValues(new SecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]));
  return new StartProcess({
    acceptance,
    reader: new BlindReader(),
    portals: new KnownPortals([portal]),
    definitions,
    clock: { now: () => at },
    sensitive: { of: async () => [], changed: () => {} },
    sealed,
  });
}

describe('a start by a client that may only sign', () => {
  it('is not accepted: it signs nothing', async () => {
    const [store, command] = [new Store(), commandOf()];
    const start = starts(new OnePlace(), store).start({
      ...command,
      by: { ...command.by, mayStart: false, maySign: true },
    });

    await expect(start).rejects.toMatchObject({ code: 'insufficient-scope' });
    expect(store.accepted).toEqual([]);
  });
});

describe('a start that is accepted', () => {
  it('is handed over with its intent where it can go at once', async () => {
    const [sender, store] = [new OnePlace(), new Store()];
    const taken = await starts(sender, store).start(commandOf());

    expect(taken).toMatchObject({ is: 'accepted', process: { state: 'starting', attempts: 1 } });
    expect(store.accepted).toMatchObject([{ operation: { state: 'sending' }, intent: { attempt: { number: 1 } } }]);
    expect(sender).toMatchObject({ sent: [{ attempt: { number: 1 } }], toQueue: [], released: 0 });
  });

  it('waits in the queue where it cannot, and the engine is told', async () => {
    const [sender, store] = [new Full(), new Store()];
    await starts(sender, store).start(commandOf());

    expect(store.accepted).toMatchObject([
      {
        operation: { state: 'queued' },
        intent: null,
        process: { state: 'queued', waitingFor: { reason: 'capacity' } },
      },
    ]);
    expect(sender).toMatchObject({ sent: [], toQueue: ['sales'] });
  });

  it('waits in the queue where nobody waits for it in a rush of such starts', async () => {
    const [sender, store] = [new OnePlace(), new Store()];
    sender.isRushed = true;
    await starts(sender, store).start(commandOf({}, false));
    await starts(sender, store).start(commandOf());

    expect(store.accepted).toMatchObject([{ operation: { state: 'queued' } }, { operation: { state: 'sending' } }]);
    expect(sender).toMatchObject({ toQueue: ['sales'], coming: 0 });
  });

  it('comes no longer where it was not accepted', async () => {
    const sender = new OnePlace();
    await expect(
      starts(sender, new Store(new Error('The database is away'))).start(commandOf({}, false)),
    ).rejects.toThrow('The database is away');

    expect(sender.coming).toBe(0);
  });

  it.each([later(0), later(-1000)])('is not sent where its time has passed already (%s)', async (startBefore) => {
    const [sender, store] = [new OnePlace(), new Store()];
    await starts(sender, store).start(commandOf({ startBefore }));

    expect(store.accepted).toMatchObject([{ operation: { state: 'queued' }, intent: null }]);
    expect(sender).toMatchObject({ sent: [], toQueue: ['sales'] });
  });

  it('has until then where it is given seconds', async () => {
    const store = new Store();
    await starts(new OnePlace(), store).start(commandOf({ startWithinSeconds: 60 }));

    expect(store.accepted[0]?.process).toMatchObject({ state: 'starting', startBefore: later(60_000) });
  });
});

describe('a place', () => {
  const remembered = {
    fingerprint: Buffer.from('the body'),
    operationId: 'operation',
    processId: 'process',
    answer: null,
  };

  it.each<[string, Accepted]>([
    ['the same request', { outcome: 'known', remembered }],
    [
      'another request with the key',
      { outcome: 'known', remembered: { ...remembered, fingerprint: Buffer.from('x') } },
    ],
    ['the business key', { outcome: 'business_key_taken', processId: 'process' }],
  ])('is given back where %s was first', async (_, outcome) => {
    const sender = new OnePlace();
    const start = starts(sender, new Store(outcome)).start(commandOf({ businessKey: 'PO-1' }));
    await Promise.allSettled([start]);

    expect(sender.released).toBeGreaterThan(0);
    expect(sender.sent).toEqual([]);
  });

  it('is given back where nothing could be stored', async () => {
    const sender = new OnePlace();

    await expect(starts(sender, new Store(new Error('The database is gone'))).start(commandOf())).rejects.toThrow(
      'gone',
    );
    expect(sender).toMatchObject({ released: 1, sent: [], toQueue: [] });
  });

  it('is not taken for a connection whose credentials are refused', async () => {
    const [sender, store] = [new OnePlace(), new Store()];
    const start = starts(sender, store, aPortal({ state: 'reauthorization_required' })).start(commandOf());

    await expect(start).rejects.toThrow(CredentialsRefused);
    expect(store.accepted).toEqual([]);
  });
});

describe('somebody who was first', () => {
  it('has the key, so that another body under it is refused', async () => {
    const remembered = { fingerprint: Buffer.from('x'), operationId: 'o', processId: 'p', answer: null };
    const store = new Store({ outcome: 'known', remembered });

    await expect(starts(new OnePlace(), store).start(commandOf())).rejects.toThrow(KeyReused);
  });

  it('has the business key', async () => {
    const store = new Store({ outcome: 'business_key_taken', processId: 'p' });

    await expect(
      starts(new OnePlace(), store).start(commandOf({ businessKey: 'PO-1', onBusinessKeyConflict: 'reject' })),
    ).rejects.toThrow(BusinessKeyTaken);
  });
});
