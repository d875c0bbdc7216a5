import type { JsonObject } from '../lib/json.js';
import type { Intended, OperationKind } from '../processes/operation.js';
import type { Together } from './attempt-together.js';
import type { Verdict } from './verdict.js';

/** What a request has shown of its portal, each thing once: a breaker must not count one lost answer fifty times. */
export function verdictsOf({ shared, each }: Together): readonly Verdict<unknown>[] {
  if (shared) return [shared];
  const told = each.map(({ attempted: { verdict } }) => verdict);
  return [...new Map(told.map((verdict) => [kindOf(verdict), verdict])).values()];
}

function kindOf(verdict: Verdict<unknown>): string {
  return verdict.is === 'again' ? `${verdict.is} ${verdict.because}` : verdict.is;
}

/** What failed for one must not have kept the others; it is told now. */
export function throwAny(results: readonly PromiseSettledResult<unknown>[]): void {
  const failures = results.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

/** The starts of a request whose duration says what they cost: what was turned away costs next to nothing. */
export function measured(sent: Together['each']): { readonly starts: readonly Intended[]; readonly began: boolean } {
  const began = sent.filter(({ attempted: { verdict } }) => verdict.is === 'accepted');
  const told = began.length > 0 ? began : sent;
  return { starts: told.map(({ intended }) => intended), began: began.length > 0 };
}

/** Whether a run goes on, or ends, with what was waited for. */
export function movesRunOn(kind: OperationKind): boolean {
  return kind === 'complete_element' || kind === 'complete_task';
}

/** What the log says of an attempt that came back. */
export function lineOf({ operation, attempt, issuedAtMs }: Intended, verdict: Verdict<unknown>): JsonObject {
  return {
    processId: operation.processId,
    operationId: operation.id,
    connection: operation.connection,
    attempt: attempt.number,
    ...(attempt.batchId === null ? {} : { batchId: attempt.batchId }),
    verdict: verdict.is,
    ms: Math.round(performance.now() - issuedAtMs),
  };
}
