import type { StartsTogether } from '../platforms/platform.js';
import type { Started, StartOrder, StartOutcome } from '../platforms/run.js';
import type { Intended } from '../processes/operation.js';
import { startAttempted, type AttemptContext, type Attempted } from './attempted.js';
import { verdictOf, type Verdict } from './verdict.js';
import { valuesOf, withheld, withoutValues } from './withheld.js';

/** What came of a request with several starts. */
export interface Together {
  /** What is true of every one of them, because it is true of the request; `null`: each was answered by itself. */
  readonly shared: Verdict<unknown> | null;
  readonly each: readonly { readonly intended: Intended; readonly attempted: Attempted }[];
}

/** A start that rides with others, and what it orders. */
export interface Rider {
  readonly intended: Intended;
  readonly order: StartOrder;
}

/** What an attempt of several starts may ask of its surroundings. */
export interface TogetherContext extends Pick<AttemptContext, 'platform' | 'call'> {
  /** Whether the last try of an operation was refused for want of a session. */
  readonly signedInAnew: (operationId: string) => boolean;
}

/** One physical attempt of several starts, in one request. Nothing is thrown. */
export async function attemptTogether(
  riders: readonly Rider[],
  together: StartsTogether,
  { platform, call, signedInAnew }: TogetherContext,
): Promise<Together> {
  const orders = riders.map(({ intended, order }) => ({ ...order, runId: intended.attempt.chosenId }));
  const request = await requested(() => together.start(orders, call));
  const each = riders.map(({ intended: one, order }, index) => {
    const told = 'outcomes' in request ? (request.outcomes[index] ?? { error: null }) : request;
    const values = (): readonly string[] => valuesOf(one.process, order, platform);
    const outcome =
      'error' in told ? { error: withheld(told.error, values()) } : { answer: withoutValues(told.answer, values()) };
    const verdict = verdictOf<Started>(outcome, signedInAnew(one.operation.id));
    return { intended: one, attempted: startAttempted(one, verdict) };
  });
  return { shared: 'error' in request ? (each[0]?.attempted.verdict ?? null) : null, each };
}

type Requested = { readonly outcomes: readonly StartOutcome[] } | { readonly error: unknown };

async function requested(ask: () => Promise<readonly StartOutcome[]>): Promise<Requested> {
  try {
    return { outcomes: await ask() };
  } catch (error) {
    return { error };
  }
}
