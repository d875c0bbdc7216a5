import { SettleLost } from '../../src/dispatch/settle-lost.js';
import { TakeOver } from '../../src/dispatch/take-over.js';
import type { Run } from '../../src/platforms/run.js';
import { NativeIdTaken, type Found, type LostStart } from '../../src/processes/lost.store.js';
import { Outcomes } from '../../src/processes/outcomes.js';
import type { Adoption, Process } from '../../src/processes/process.js';
import { aProcess, at, aWatch, intended } from '../processes/samples.js';
import { BlindReader, KeptLog, QuietLostStore } from './engine.js';

const holderId = '01994f0e-0000-7000-8000-0000000000aa';
const run: Run = { state: 'running', nativeState: null, result: null, failure: null };

/** A store in which another process has the id that a look has found. */
class Taken extends QuietLostStore {
  readonly writes: Found[] = [];

  constructor(private readonly claim: Adoption) {
    super();
  }
  override async found(found: Found): Promise<Process> {
    if (found.nativeId !== null) {
      const { nativeId } = found;
      throw new NativeIdTaken({ portal: 'sales.example', nativeId, processId: holderId, claim: this.claim });
    }
    this.writes.push(found);
    return super.found(found);
  }
}

function settling(store: Taken): SettleLost {
  const [reader, clock, log] = [new BlindReader(), { now: () => at }, new KeptLog()];
  const sender = { reserve: async () => ({ reason: 'capacity' as const }), send: () => {} };
  const takeOver = new TakeOver(store, reader, clock);
  const outcomes = new Outcomes(reader, aWatch());
  return new SettleLost({ store, reader, sender, takeOver, outcomes, reconcileDelays: [5, 30], clock, log });
}

function lost(): LostStart {
  const process = aProcess({ state: 'indeterminate', revision: 3 });
  const rest = { attempts: [], looks: 0, isOver: false, overAt: at, lifeSeconds: 60, restoredAt: null };
  return { ...intended(process, 'start', { state: 'unknown' }), ...rest };
}

describe('a run under the id of our choice that another process has by as good a right', () => {
  it.each(['direct', 'reconciled_exact'] as const)(
    'is for a person, and is not looked for any more: %s',
    async (claim) => {
      const store = new Taken(claim);
      await settling(store).exact(lost(), { nativeId: 'f'.repeat(32), run });

      expect(store.writes).toMatchObject([
        {
          nativeId: null,
          operation: 'unknown',
          change: {
            process: { state: 'indeterminate', openIncidents: ['outcome-unknown'] },
            looks: 'none',
            opens: [
              {
                kind: 'outcome-unknown',
                candidates: [{ nativeId: 'f'.repeat(32), reasons: [expect.stringContaining(holderId)] }],
                relatedProcessIds: [holderId],
              },
            ],
          },
        },
      ]);
    },
  );
});
