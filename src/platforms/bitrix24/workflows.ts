import { pointerTo, shapeFault, valueFault, type Fault } from '../../lib/fault.js';
import type { JsonObject } from '../../lib/json.js';
import type { Definition } from '../definition.js';
import { InDoubt, Refused, Unreached } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Prepared, Run, RunRef, StartOrder, Started, StartRequest } from '../run.js';
import { encodeVariables, type Encoded } from '../variables.js';
import type { Outcome } from './batch.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { RunExists } from './bitrix24.refusals.js';
import { RunId } from './bitrix24.wire.js';
import type { PortalSettings } from './connection.js';
import { encodersIn, scalarText } from './encoders.js';
import { reservedNames } from './reserved-names.js';
import { fits, readSubject, tripleOf } from './subjects.js';
import { signing } from './signing.js';
import { documentTypeOf, takesProcessId, utcOffsetMinutesIn } from './templates.js';

/** A run that is there; the portal has no word for how it stands. */
export const running: Run = { state: 'running', nativeState: null, result: null, failure: null };

/** The cloud cuts a request after this. Source: b24restdocs limits, and the fact sheet. */
export const executionLimitSeconds = 60;

/** A template's id; longer numbers would lose digits as JSON and name another template. */
export const namesTemplate = (definition: string): boolean => /^[1-9]\d{0,14}$/.test(definition);

/** Checks a start against its template, and its subject against the template's document type. Pure. */
export function prepareWorkflow(request: StartRequest, definition: Definition | null): Prepared {
  const { subject, faults: subjectFaults } = subjectOf(request, definition);
  const faults: Fault[] = [
    ...subjectFaults,
    ...reservedNames
      .filter((name) => Object.hasOwn(request.variables, name))
      .map((name) =>
        valueFault(pointerTo('variables', name), 'reserved', 'This name steers the engine; leave it out.'),
      ),
    ...encoded(withoutReserved(request.variables), definition).faults,
    ...Object.keys(request.options).map((name) =>
      shapeFault(pointerTo('options', name), 'unknown-field', `A workflow has no option "${name}"; remove it.`),
    ),
  ];
  if (request.results.length > 0) {
    faults.push(valueFault('/results', 'not-supported', 'Bitrix24 workflows return no results; leave this out.'));
  }
  return { faults, unsupported: null, subject, inputChecked: definition !== null };
}

/** The call of one start. Pure. */
export function startCall(order: StartOrder, { runIds }: PortalSettings): PortalCall {
  const parameters: JsonObject = {
    ...encoded(order.variables, order.spec).values,
    ...(takesProcessId(order.spec) ? { gatewayProcessId: order.processId } : {}),
    ...(runIds === 'off' || order.runId === null ? {} : { PreGeneratedWorkflowId: order.runId }),
  };
  return {
    asked: 'start',
    method: 'bizproc.workflow.start',
    params: {
      TEMPLATE_ID: Number(order.definition),
      DOCUMENT_ID: order.subject ? tripleOf(order.subject) : null,
      PARAMETERS: parameters,
    },
  };
}

/**
 * Starts a workflow. The portal runs it inside this request until its first pause, so it may take long, and a run
 * without a pause is over when the id arrives.
 *
 * @throws InDoubt  sent, no verdict: the run may exist, so this call must not be repeated
 * @see b24restdocs api-reference/bizproc/bizproc-workflow-start.md
 */
export async function startWorkflow(
  client: Bitrix24Client,
  order: StartOrder,
  settings: PortalSettings,
  call: Call,
): Promise<Started> {
  asSent(order, settings);
  const outcome = await client.call(startCall(order, settings), call).catch((error: unknown): Outcome => {
    if (error instanceof RunExists) return { error };
    throw error;
  });
  return runOf(order.runId, outcome);
}

/** What is on record of an attempt must be what is sent. @throws Unreached  its run id would be left out by now */
export function asSent({ runId }: StartOrder, settings: PortalSettings): void {
  if (runId === null || settings.runIds !== 'off') return;
  throw new Unreached('Run ids were switched off at this moment; the start goes again without one.');
}

/**
 * The run that a start gave, e.g. "65e5a449e8f135.21284909", and whether its id is the one that we chose.
 *
 * @param sentId  the run id that went with it; `null`: none
 * @throws PlatformError  there is none, or nobody can tell
 */
export function runOf(sentId: string | null, outcome: Outcome): Started {
  if ('error' in outcome) {
    if (!(outcome.error instanceof RunExists) || sentId === null) throw outcome.error;
    return { ...running, nativeId: sentId, runId: 'kept', startedBefore: true };
  }
  const id = RunId.safeParse(outcome.result);
  // A 200 that we cannot read is no refusal: the portal answers after it has started the run.
  if (!id.success) throw new InDoubt('The answer to the start names no run.', null, { cause: id.error });
  const runId = sentId === null ? null : id.data === sentId ? 'kept' : 'ignored';
  return { ...running, nativeId: id.data, runId };
}

/** Stops a run, or stops it and deletes its data. @see api-reference/bizproc/bizproc-workflow-terminate.md, -kill.md */
export async function stopWorkflow(
  client: Bitrix24Client,
  method: 'bizproc.workflow.terminate' | 'bizproc.workflow.kill',
  params: { readonly ID: string; readonly STATUS?: string },
  call: Call,
): Promise<void> {
  const { result } = await client.call({ asked: 'stop', method, params }, call);
  if (result !== true) throw new InDoubt(`The answer to ${method} cannot be read.`);
}

/** Signing documents have no command that stops them; only workflows do. */
export function assertIsWorkflow({ definition }: RunRef): void {
  if (definition === signing) {
    throw new Refused('capability', 'Bitrix24 has no call that stops a document for signature; stop it in the portal.');
  }
}

function encoded(variables: JsonObject, definition: Definition | null): Encoded {
  const encoders = encodersIn(utcOffsetMinutesIn(definition));
  return encodeVariables(definition?.parameters ?? null, variables, encoders, scalarText);
}

function withoutReserved(variables: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !reservedNames.includes(name)));
}

function subjectOf(
  request: StartRequest,
  definition: Definition | null,
): { subject: StartRequest['subject']; faults: readonly Fault[] } {
  if (!request.subject) {
    const message = 'A workflow runs on a document: send {"type", "id"}, e.g. {"type": "crm.lead", "id": "1"}.';
    return { subject: null, faults: [valueFault('/subject', 'required', message)] };
  }
  const read = readSubject(request.subject);
  const triple = tripleOf(read.subject);
  const documentType = definition ? documentTypeOf(definition) : null;
  if (read.faults.length > 0 || !triple || !documentType || fits(triple, documentType)) return read;
  const message = `The template is for ${definition?.subjectTypes.join(', ')} (${documentType.join(', ')}).`;
  const pointer = 'native' in request.subject ? '/subject/native' : '/subject/type';
  return { subject: read.subject, faults: [valueFault(pointer, 'wrong-type', message)] };
}
