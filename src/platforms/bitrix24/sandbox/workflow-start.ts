import { randomInt } from 'node:crypto';
import { setTimeout as passed } from 'node:timers/promises';
import { badGateway } from '../../simulated-answers.js';
import { tellElement } from './callbacks.js';
import type { Method, MethodAnswer, MethodCall } from './method.js';
import { fieldOf, textOf, valuesOf } from './php-params.js';
import { accessDenied, PortalFault } from './portal-fault.js';
import { portalTime, type KeptRun } from './state.js';
import { taskKindOf, usersOf } from './task-kinds.js';
import { templates, type SandboxTemplate } from './templates.js';

/** Behaviours whose run is over before the answer. */
const endOf: Readonly<Partial<Record<SandboxTemplate['behaviour'], KeptRun['state']>>> = {
  'finishes-at-once': 'completed',
  fails: 'failed',
  'engine-error': 'terminated',
};

export const workflowStart: Method = {
  operation: 'start',
  upperCaseKeys: true,
  run: async (call) => {
    // The portal casts to a number: "12abc" is 12.
    const templateId = Number.parseInt(textOf(call.params['TEMPLATE_ID']), 10) || 0;
    call.seen.definition = templateId === 0 ? null : String(templateId);
    const template = templates.find(({ id }) => id === String(templateId));
    turnAwayOnce(call, template);
    if (templateId === 0) throw new PortalFault(400, 'ERROR_WRONG_WORKFLOW_ID', 'Empty TEMPLATE_ID');
    if (!template) throw new PortalFault(400, 'ERROR_WRONG_WORKFLOW_ID', 'Template not found');
    const document = documentOf(call, template);
    if (!call.caller.isAdmin || template.behaviour === 'refused') throw accessDenied();
    if (template.behaviour === 'reset-before-executing') return brokenBefore({ reset: true });
    if (template.behaviour === 'html-502') return brokenBefore(badGateway);
    const run = execute(call, template, document);
    await call.state.saved();
    return answerOf(template, run);
  },
};

/** Refusals that come once and before anything runs: the same start passes at its second try. */
function turnAwayOnce({ params, caller, state }: MethodCall, template: SandboxTemplate | undefined): void {
  const limits = template?.behaviour === 'limit';
  const voidsToken = template?.behaviour === 'expired-session' && caller.token !== null;
  if (!limits && !voidsToken) return;
  if (!state.firstTurnedAway(JSON.stringify(params))) return;
  if (limits) throw new PortalFault(503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests');
  const access = state.tokens.access.map((one) => (one.token === caller.token ? { ...one, expiresAtMs: 0 } : one));
  state.tokensChanged({ ...state.tokens, access });
  throw new PortalFault(401, 'expired_token', 'The access token provided has expired.');
}

/** Documents are there up to number 999,999. */
function documentOf({ params }: MethodCall, { documentType }: SandboxTemplate): KeptRun['document'] {
  const [module = '', entity = '', id = '', more] = (valuesOf(params['DOCUMENT_ID']) ?? []).map(textOf);
  const [, name, number] = /^(?:([A-Z_0-9]+)_)?([1-9]\d{0,5})$/.exec(id) ?? [];
  if (more !== undefined || module === '' || entity === '' || number === undefined) {
    throw new PortalFault(400, '', 'Wrong DOCUMENT_ID!');
  }
  // Outside the CRM an id does not show the type of its document.
  const isOfType = module === 'crm' ? documentType[2] === name : name === undefined;
  if (documentType[0] !== module || documentType[1] !== entity || !isOfType) {
    throw new PortalFault(400, '', 'Template type and DOCUMENT_ID mismatch!');
  }
  return [module, entity, id];
}

function execute(call: MethodCall, template: SandboxTemplate, document: KeptRun['document']): KeptRun {
  const { params, caller, state, seen } = call;
  const sent = textOf(fieldOf(params['PARAMETERS'], chosenId));
  // The column of run ids holds 32 characters (observed).
  const chosen = template.behaviour === 'ignores-run-id' || !state.keepsRunIds ? '' : sent.slice(0, 32);
  if (chosen !== '' && state.run(chosen)) throw new PortalFault(400, '', 'WorkflowAlreadyExists');
  const now = portalTime(state.clock.now());
  const run: KeptRun = {
    nativeId: chosen === '' ? uniqueId() : chosen,
    templateId: template.id,
    startedAt: now,
    startedBy: caller.userId,
    document,
    parameters: params['PARAMETERS'] ?? {},
    state: 'running',
    modifiedAt: now,
  };
  state.add(run);
  seen.executed = true;
  const task = taskKindOf(template.behaviour);
  if (task) {
    state.addTask(run, `${task.name}: ${document[2]}`, usersOf(task, params['PARAMETERS'], caller.userId));
  }
  if (template.behaviour === 'waits-callback') reachActivity(call, run);
  const end = endOf[template.behaviour];
  if (end) state.end(run, end);
  return run;
}

/** The activity of the parameter, else the first one that is registered; where there is none the run waits all the same. */
function reachActivity({ params, state }: MethodCall, { nativeId: runId }: KeptRun): void {
  const code = textOf(fieldOf(params['PARAMETERS'], 'Activity'));
  const { callbacks } = state;
  const activity = code === '' ? [...callbacks.activities][0] : callbacks.activity(code);
  if (!activity) return;
  const wait = callbacks.execute({ runId, code: activity.code, waits: activity.waits, endsAtMs: null });
  tellElement(state, wait, { handler: activity.handler });
}

async function answerOf({ behaviour }: SandboxTemplate, { nativeId }: KeptRun): Promise<MethodAnswer> {
  if (behaviour === 'engine-error') throw new PortalFault(400, '', 'Не заполнено обязательное свойство действия');
  if (behaviour === 'lost-answer-started') return { result: nativeId, broken: () => ({ reset: true }) };
  if (behaviour === 'truncated-answer') {
    const body = JSON.stringify({ result: nativeId, time: {} }).slice(0, 20);
    return { result: nativeId, broken: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body }) };
  }
  if (behaviour === 'slow') await passed(3_000, undefined, { ref: false });
  return { result: nativeId };
}

function brokenBefore(answer: { reset: true } | typeof badGateway): MethodAnswer {
  return { result: null, broken: () => answer };
}

const chosenId = 'PreGeneratedWorkflowId';

/** As PHP's uniqid('', true), e.g. "66e81a641752f8.56521481". */
function uniqueId(): string {
  const micros = Date.now() * 1000 + randomInt(1000);
  const hex = Math.floor(micros / 1_000_000).toString(16) + (micros % 1_000_000).toString(16).padStart(5, '0');
  return `${hex}${randomInt(10)}.${String(randomInt(100_000_000)).padStart(8, '0')}`;
}
