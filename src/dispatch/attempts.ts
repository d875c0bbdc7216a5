import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { Observation, Started } from '../platforms/run.js';
import type { Intended, Operation, OperationKind } from '../processes/operation.js';
import { orderOf } from '../processes/order.js';
import { startAttempted, type AttemptContext, type Attempted } from './attempted.js';
import { settleElement } from './settle-element.js';
import { settleStop } from './settle-stop.js';
import { attemptTask } from './task-attempt.js';
import { verdictOf, type Verdict } from './verdict.js';
import { valuesOf, withholding, withholdingOf } from './withheld.js';

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
