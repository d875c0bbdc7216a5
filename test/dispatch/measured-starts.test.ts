import { RecordAttempt } from '../../src/dispatch/record-attempt.js';
import { SendOperation } from '../../src/dispatch/send-operation.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import { Busy, InDoubt } from '../../src/platforms/platform.errors.js';
import type { Platform } from '../../src/platforms/platform.js';
import type { Started, StartOutcome } from '../../src/platforms/run.js';
import type { Claimed, Intended } from '../../src/processes/operation.js';
import { Outcomes } from '../../src/processes/outcomes.js';
import { anOperation, aProcess, at, aWatch, intended } from '../processes/samples.js';
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

const started: Started = {
  state: 'running',
  nativeId: null,
  nativeState: null,
  result: null,
  failure: null,
  runId: null,
};
const busy = new Busy('limit', 'Later', null, null);

/** Of each request with starts, how many of them were measured, and whether they began. */
type Measured = (readonly [starts: number, began: boolean])[];

function sendingBy(platform: Platform): { readonly sending: SendOperation; readonly measured: Measured } {
  const measured: Measured = [];
  const reader = new BlindReader();
  const clock = { now: () => at };
  const parts = {
    store: new QuietStore(),
    reader,
    portals: new KnownPortals([aPortal({ platform })]),
    outcomes: new Outcomes(reader, aWatch()),
    takeOver: new TakeOver(new QuietLostStore(), reader, clock),
    runIds: noRunIds(),
    clock,
    log: new KeptLog(),
    leaseSeconds: 30,
    lookSoon: () => {},
    took: (starts: readonly Intended[], _ms: number, began: boolean) => void measured.push([starts.length, began]),
  };
  return { sending: new SendOperation(parts, new RecordAttempt(parts)), measured };
}

function claimed(): Claimed {
  const process = aProcess();
  const operation = anOperation(process, 'start');
  return { operation, process, lease: { operationId: operation.id, fencingToken: 1n } };
}

describe('what starts are taken to cost', () => {
  it.each<[string, StartOutcome[], Measured]>([
    ['those that began', [{ answer: started }, { error: busy }], [[1, true]]],
    ['all of them where none began', [{ error: busy }, { error: busy }], [[2, false]]],
  ])('is told of %s', async (_, outcomes, told) => {
    const startsTogether = { atMost: 50, mayRide: () => true, start: async () => outcomes };
    const platform = Object.assign(aPlatform(), { startsTogether });
    const { sending, measured } = sendingBy(platform);
    await sending.together([claimed(), claimed()], aPortal({ platform }));

    expect(measured).toEqual(told);
  });

  it.each([
    ['began', async () => started, true],
    ['was turned away', () => Promise.reject(busy), false],
    ['was lost', () => Promise.reject(new InDoubt('Cut')), false],
  ])('is told of one that went alone and %s', async (_, start, began) => {
    const { sending, measured } = sendingBy(Object.assign(aPlatform(), { start }));
    await sending.intended(intended(aProcess({ state: 'starting', attempts: 1 }), 'start'));

    expect(measured).toEqual([[1, began]]);
  });
});
