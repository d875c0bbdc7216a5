import type { Portal } from '../connections/portals.js';
import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { Call, Platform, StartsTogether } from '../platforms/platform.js';
import type { Observation, Started, StartOrder, StartOutcome } from '../platforms/run.js';
import { Unreached } from '../platforms/platform.errors.js';
import type { Intended, Operation, OperationKind } from '../processes/operation.js';
import { orderOf } from '../processes/order.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { valuesOf, withheld, withholding, withholdingOf, withoutValues } from './withheld.js';
import { lateVerdict } from './late-answer.js';
import { settleElement } from './settle-element.js';
import { settleStart, type Circumstances } from './settle-start.js';
import { settleStop } from './settle-stop.js';
import { settleTask } from './settle-task.js';
import { attemptTask } from './task-attempt.js';
import { verdictOf, type Verdict } from './verdict.js';

/** An attempt that is over: what it taught, and what follows for the process as it is by then. */
export interface Attempted {
  readonly verdict: Verdict<unknown>;
  /** Whether the platform took the run id of our choice; `null`: nothing is known of that. */
  readonly runId: Started['runId'];
  settle(process: Process, now: Circumstances): Settlement;
}

/** What an attempt may ask of its surroundings. */
export interface AttemptContext {
  readonly platform: Platform;
  /** For the command itself. */
  readonly call: Call;
  /** For a look after it. */
  readonly lookCall: () => Call;
  /** The last try was refused for want of a session, and this one goes with a new one. */
  readonly signedInAnew: boolean;
  /** An earlier attempt of this operation has no certain outcome. */
  readonly earlierUnknown: boolean;
  /** What a start orders; absent: what its process shows. */
  readonly order?: StartOrder;
}

type Attempt = (intended: Intended, context: AttemptContext) => Promise<Attempted>;

/** One physical attempt of each kind of operation. Nothing is thrown: an error is a verdict. */
export const attemptOf: Readonly<Record<OperationKind, Attempt>> = {
  start: async (intended, { platform, call, signedInAnew, order = orderOf(intended.process) }) => {
    const sent = { ...order, runId: intended.attempt.chosenId };
    const values = (): readonly string[] => valuesOf(intended.process, order, platform);
    const start = (): Promise<Started> => withholding(values, () => platform.start(sent, call));
    return startAttempted(intended, await asked(start, signedInAnew));
  },
  terminate: (intended, context) =>
    stopped(intended, context, async ({ platform, call }, run) => {
      if (!platform.terminate) throw new Error('The platform has no terminate');
      const reason = intended.operation.input['reason'];
      return platform.terminate(run, typeof reason === 'string' ? reason : null, call);
    }),
  kill: (intended, context) =>
    stopped(intended, context, async ({ platform, call }, run) => {
      if (!platform.kill) throw new Error('The platform has no kill');
      await platform.kill(run, call);
      return 'killed';
    }),
  complete_element: async (intended, { platform, call, signedInAnew, earlierUnknown }) => {
    const complete = async (): Promise<boolean> => {
      if (!platform.completeElement) throw new Error('The platform has no completeElement');
      const { nativeElementId, variables } = elementInput(intended.operation);
      const isExecuted = await platform.completeElement(nativeElementId, variables, call);
      // That it had run before may be the doing of an attempt of this command whose answer was lost.
      return isExecuted || earlierUnknown;
    };
    const verdict = await asked(() => withholdingOf(intended, complete), signedInAnew);
    return {
      verdict,
      runId: null,
      settle: (process, now) => settleElement(intended, process, verdict, now.retryAfterMs),
    };
  },
  complete_task: attemptTask,
  delegate_task: attemptTask,
};

/** What came of a request with several starts. */
export interface Together {
  /** What is true of every one of them, because it is true of the request; `null`: each was answered by itself. */
  readonly shared: Verdict<unknown> | null;
  readonly each: readonly { readonly intended: Intended; readonly attempted: Attempted }[];
}

/** What an attempt is made with. */
export interface Ready {
  readonly portal: Portal;
  readonly context: AttemptContext;
  /** Called when the attempt is over. */
  readonly end: () => void;
  /** With the input of the command as it is sent. */
  readonly opened: Intended;
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

function startAttempted(intended: Intended, verdict: Verdict<Started>): Attempted {
  const runId = verdict.is === 'accepted' ? verdict.answer.runId : null;
  return { verdict, runId, settle: (process, now) => settleStart(intended, process, verdict, now) };
}

/**
 * The verdict on an attempt whose worker is gone: it may have happened, unless its answer came late and stands on it.
 * Commands other than starts are simply said again.
 */
export function abandoned(intended: Intended): Attempted {
  const { attempt, operation } = intended;
  const nothing: Verdict<never> = { is: 'unknown', fault: null, message: 'The gateway stopped before the answer came' };
  if (operation.kind === 'start' && attempt.class !== null) {
    const late = lateVerdict(attempt) ?? nothing;
    const settle = (process: Process, now: Circumstances): Settlement => ({
      ...settleStart(intended, process, late, now),
      attempt: null,
      reads: attempt.id,
    });
    return { verdict: late, runId: null, settle };
  }
  return unanswered(intended, nothing);
}

/** The verdict on an attempt that failed before anything was asked of the platform. */
export function unsent(intended: Intended, cause: unknown): Attempted {
  const error = new Unreached('The gateway could not begin to send', null, { cause });
  return unanswered(intended, verdictOf<never>({ error }, false));
}

function unanswered(intended: Intended, verdict: Verdict<never>): Attempted {
  return {
    verdict,
    runId: null,
    settle: (process, now) => {
      switch (intended.operation.kind) {
        case 'start':
          return settleStart(intended, process, verdict, now);
        case 'terminate':
        case 'kill':
          return settleStop(intended, process, { ...now, verdict, seen: null, mayHaveStoppedBefore: true });
        case 'complete_element':
          return settleElement(intended, process, verdict, now.retryAfterMs);
        case 'complete_task':
        case 'delegate_task':
          return settleTask(intended, process, { ...now, verdict, sighting: null, mayHaveRun: true });
      }
    },
  };
}

async function asked<T>(ask: () => Promise<T>, signedInAnew: boolean): Promise<Verdict<T>> {
  try {
    return verdictOf({ answer: await ask() }, signedInAnew);
  } catch (error) {
    return verdictOf<T>({ error }, signedInAnew);
  }
}

type StopAnswer = 'terminated' | 'terminating' | 'killed';
type Run = { readonly nativeId: string; readonly definition: string };

async function stopped(
  intended: Intended,
  context: AttemptContext,
  stop: (context: AttemptContext, run: Run) => Promise<StopAnswer>,
): Promise<Attempted> {
  const { nativeId, definition } = intended.process;
  const run = { nativeId: nativeId ?? '', definition };
  const verdict = await asked(() => stop(context, run), context.signedInAnew);
  const gone = verdict.is === 'refused' && verdict.error.because === 'not_found';
  const seen = gone ? await look(context, run) : null;
  const mayHaveStoppedBefore = context.earlierUnknown;
  return {
    verdict,
    runId: null,
    settle: (process, now) => settleStop(intended, process, { ...now, verdict, seen, mayHaveStoppedBefore }),
  };
}

// "Not found" has no code of its own on some platforms, so absence is looked up; `null` where nobody can say.
async function look({ platform, lookCall }: AttemptContext, run: Run): Promise<Observation | null> {
  try {
    return (await platform.observe([run], lookCall())).get(run.nativeId) ?? null;
  } catch {
    return null;
  }
}

function elementInput({ input }: Operation): { nativeElementId: string; variables: JsonObject | null } {
  const { nativeElementId, variables } = input;
  if (typeof nativeElementId !== 'string') throw new Error('An element is completed without its native id');
  return { nativeElementId, variables: isJsonObject(variables) ? variables : null };
}
