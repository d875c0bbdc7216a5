import { asJson } from '../json-of.js';
import type { KeptWait } from './callback-state.js';
import type { Method, MethodCall } from './method.js';
import { textOf } from './php-params.js';
import { accessDenied, PortalFault } from './portal-fault.js';

/** Says yes to every token of its own, before anything is processed: that nobody waits any more is invisible. */
const send: Method = {
  operation: 'complete_element',
  upperCaseKeys: true,
  run: async (call) => {
    const wait = waitOf(call);
    const { params, state, seen } = call;
    const run = state.run(wait.runId);
    const isOver = wait.endsAtMs !== null && wait.endsAtMs <= state.clock.now().getTime();
    wait.sends += 1;
    if (wait.waits && wait.resumed === 0 && run?.state === 'running' && !isOver) {
      const values = params['RETURN_VALUES'];
      wait.resumed += 1;
      wait.returned = typeof values === 'object' && values !== null ? asJson(values) : {};
      state.end(run, 'completed');
      seen.executed = true;
    }
    state.callbacks.waitChanged(wait);
    await state.callbacks.saved();
    await state.saved();
    return { result: true };
  },
};

const log: Method = {
  upperCaseKeys: true,
  run: async (call) => {
    const wait = waitOf(call);
    const { params, state, seen } = call;
    const message = textOf(params['LOG_MESSAGE']);
    if (message === '') throw new PortalFault(400, 'ERROR_EMPTY_LOG_MESSAGE', 'Empty log message!');
    if (state.run(wait.runId)?.state !== 'running') throw new PortalFault(400, '0', 'Бизнес-процесс не найден');
    wait.logs.push(message);
    state.callbacks.waitChanged(wait);
    seen.executed = true;
    await state.callbacks.saved();
    return { result: true };
  },
};

function waitOf({ params, state, seen }: MethodCall): KeptWait {
  const wait = state.callbacks.wait(textOf(params['EVENT_TOKEN']));
  if (!wait) throw accessDenied();
  seen.definition = state.run(wait.runId)?.templateId ?? null;
  return wait;
}

export const elementMethods: Readonly<Record<string, Method>> = {
  'bizproc.event.send': send,
  'bizproc.activity.log': log,
};
