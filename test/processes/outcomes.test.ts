import { Outcomes, type Awaited, type OperationOutcome } from '../../src/processes/outcomes.js';
import type { Operation } from '../../src/processes/operation.js';
import type { Process } from '../../src/processes/process.js';
import type { RememberedKey } from '../../src/processes/process.reader.js';
import { BlindReader } from '../dispatch/engine.js';
import { until } from '../until.js';
import { anOperation, aProcess, aWatch } from './samples.js';

const process = aProcess({ state: 'starting' });
const operation = anOperation(process, 'start', { state: 'sending' });
const awaited: Awaited = {
  operationId: operation.id,
  processId: process.id,
  clientId: process.clientId,
  key: operation.key,
};
const underWay: OperationOutcome = { process, state: 'sending', answer: null };

/** Knows one operation and counts how often it is asked for. */
class OneOperation extends BlindReader {
  looks = 0;

  constructor(
    readonly found: Process | null,
    readonly state: Operation['state'],
  ) {
    super();
  }
  override async find(): Promise<Process | null> {
    return this.found;
  }
  override async operation(): Promise<Operation | null> {
    this.looks += 1;
    return { ...operation, state: this.state };
  }
}

function confirmed(): OperationOutcome {
  const progress = aProcess({ state: 'running' });
  return { process: progress, state: 'done', answer: { word: 'confirmed', progress, extra: null } };
}

describe('somebody who waits', () => {
  it('is told at once what is settled here', async () => {
    const outcomes = new Outcomes(new BlindReader(), aWatch());
    const waiting = outcomes.of(awaited, underWay, 60_000);
    outcomes.tell(operation.id, confirmed());

    expect(await waiting).toMatchObject({ state: 'done', answer: { word: 'confirmed' } });
  });

  it('sees what another replica has settled', async () => {
    const reader = new OneOperation(aProcess({ state: 'indeterminate' }), 'unknown');

    expect(await new Outcomes(reader, aWatch()).of(awaited, underWay, 60_000)).toMatchObject({ state: 'unknown' });
    expect(reader.looks).toBe(1);
  });

  it('sees the last word of a command on a process that it sees closed', async () => {
    const closed = aProcess({ state: 'terminated' });
    // Everything is settled in one commit, while it is being looked at.
    class Settling extends OneOperation {
      #settled = false;
      override async find(): Promise<Process | null> {
        await new Promise(setImmediate);
        this.#settled = true;
        return closed;
      }
      override async remembered(): Promise<RememberedKey> {
        const { id: operationId, processId, key } = operation;
        const answer = this.#settled ? { word: 'confirmed' as const, progress: closed, extra: null } : null;
        return { key, operationId, processId, fingerprint: Buffer.alloc(32), answer, createdAt: closed.createdAt };
      }
    }

    const outcome = await new Outcomes(new Settling(closed, 'done'), aWatch()).of(awaited, null, 60_000);
    expect(outcome).toMatchObject({ state: 'done', answer: { word: 'confirmed' } });
  });

  it('waits on where the answer was not the last word', async () => {
    const outcomes = new Outcomes(new OneOperation(process, 'sending'), aWatch());
    let ended = false;
    const waiting = outcomes.of(awaited, underWay, 60_000).finally(() => (ended = true));
    outcomes.tell(operation.id, { ...underWay, state: 'queued' });
    await new Promise(setImmediate);
    expect(ended).toBe(false);

    outcomes.tell(operation.id, confirmed());
    expect(await waiting).toMatchObject({ state: 'done' });
  });

  it('does not wait for an answer that was lost', async () => {
    const lost: OperationOutcome = { process: aProcess({ state: 'indeterminate' }), state: 'unknown', answer: null };

    expect(await new Outcomes(new BlindReader(), aWatch()).of(awaited, lost, 60_000)).toBe(lost);
  });

  it('waits for the end of a stop that the platform takes its time over, and no longer', async () => {
    const stopping: OperationOutcome = { process: aProcess({ state: 'terminating' }), state: 'done', answer: null };
    const reader = new OneOperation(aProcess({ state: 'terminated' }), 'done');

    expect(await new Outcomes(reader, aWatch()).of(awaited, stopping, 60_000)).toMatchObject({
      process: { state: 'terminated' },
    });
  });

  it('goes with what is known when its time is over', async () => {
    const reader = new OneOperation(process, 'sending');

    expect(await new Outcomes(reader, aWatch()).of(awaited, null, 0)).toMatchObject({ state: 'sending', answer: null });
    expect(await new Outcomes(reader, aWatch()).of(awaited, underWay, 20)).toMatchObject({
      state: 'sending',
      answer: null,
    });
  });

  it('learns that what it waits for is gone', async () => {
    const waiting = new Outcomes(new OneOperation(null, 'sending'), aWatch()).of(awaited, null, 60_000);

    await expect(waiting).rejects.toThrow('is gone');
  });
});

describe('many who wait for one operation', () => {
  it('are all told', async () => {
    const outcomes = new Outcomes(new BlindReader(), aWatch());
    const told: OperationOutcome[] = [];
    for (let number = 0; number < 3; number += 1) {
      void outcomes.of(awaited, underWay, 60_000).then((outcome) => told.push(outcome));
    }
    outcomes.tell(operation.id, confirmed());

    expect(await until(() => told.length === 3, 'all to be told')).toBe(true);
  });
});
