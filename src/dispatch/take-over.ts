import type { Clock } from '../lib/clock.js';
import { changed, type Change } from '../processes/change.js';
import { incident } from '../processes/incident.js';
import type { IdHolder, LostStore } from '../processes/lost.store.js';
import { move, wasAdopted, type Adoption, type Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import type { ProcessReader } from '../processes/process.reader.js';

/** Whether a claim takes a native id from its holder: what is sure from what is likely. */
export function takesFrom(claim: Adoption, holder: Pick<IdHolder, 'claim'>): boolean {
  const isSure = claim === 'direct' || claim === 'reconciled_exact';
  return isSure && (holder.claim === 'reconciled_probable' || holder.claim === 'operator');
}

/**
 * A process that loses its run to a better claim: unknown again, for a person. Pure. If it is closed its state stays, with
 * the incident. One that was adopted has ended: it was about that run alone, and no other one can be found for it.
 */
export function lostItsRun(process: Process, at: Date): Change {
  const opens = [incident('id-taken')];
  const bare = { nativeId: null, nativeState: null, adoption: 'direct' } as const;
  if (categoryOf[process.state] === 'closed') {
    return changed(process, { ...process, ...bare, revision: process.revision + 1 }, { opens });
  }
  if (wasAdopted(process)) {
    const learnt = { ...bare, adoption: process.adoption, absentSince: null };
    return changed(process, move(process, { to: 'ended', at, evidence: 'inferred_absence', learnt }), { opens });
  }
  const after = move(process, { to: 'indeterminate', at, learnt: { ...bare, result: null, absentSince: null } });
  return changed(process, { ...after, evidence: null }, { opens, looks: 'none', lane: 'free' });
}

/** Takes native ids from weaker claims. */
export class TakeOver {
  constructor(
    private readonly store: LostStore,
    private readonly reader: ProcessReader,
    private readonly clock: Clock,
  ) {}

  /** @returns whether the id is free now, or its holder has moved, so that asking again is worth it */
  async from(holder: IdHolder): Promise<boolean> {
    const process = await this.reader.find(holder.processId);
    if (!process) return false;
    const change = lostItsRun(process, this.clock.now());
    const isClosed = categoryOf[process.state] === 'closed';
    await this.store.dispossess(holder, change, isClosed ? 'done' : 'unknown');
    return true;
  }
}
