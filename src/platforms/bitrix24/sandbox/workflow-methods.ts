import type { JsonObject } from '../../../lib/json.js';
import { page } from './listing.js';
import type { Method, MethodCall } from './method.js';
import { fieldOf, textOf } from './php-params.js';
import { PortalFault } from './portal-fault.js';
import type { KeptRun } from './state.js';
import { templates } from './templates.js';
import { workflowStart } from './workflow-start.js';

const instances: Method = {
  operation: 'observe',
  admin: true,
  upperCaseKeys: true,
  run: ({ params, state }) => {
    const id = state.knownFilters === null ? textOf(fieldOf(params['FILTER'], 'ID')) : '';
    const named = id === '' ? null : state.run(id);
    const runs = named ? [named].filter((run) => run.state === 'running') : [...state.running()];
    return page(runs.map(instanceRow), params, {
      fields: [
        'ID',
        'MODIFIED',
        'OWNED_UNTIL',
        'MODULE_ID',
        'ENTITY',
        'DOCUMENT_ID',
        'STARTED',
        'STARTED_BY',
        'TEMPLATE_ID',
      ],
      filters: state.knownFilters,
      select: ['ID', 'MODIFIED', 'OWNED_UNTIL'],
      order: ['MODIFIED', 'DESC'],
    });
  },
};

const templateList: Method = {
  operation: 'definitions',
  admin: true,
  upperCaseKeys: true,
  run: ({ params }) =>
    page(templates.map(templateRow), params, {
      fields: [
        'ID',
        'MODULE_ID',
        'ENTITY',
        'DOCUMENT_TYPE',
        'AUTO_EXECUTE',
        'NAME',
        'DESCRIPTION',
        'PARAMETERS',
        'USER_ID',
        'SYSTEM_CODE',
      ],
      select: ['ID'],
      order: ['ID', 'ASC'],
    }),
};

const terminate: Method = {
  operation: 'terminate',
  admin: true,
  upperCaseKeys: true,
  run: async (call) => {
    if (typeof call.params['ID'] !== 'string' && call.params['ID'] !== undefined) {
      throw new PortalFault(400, 'ERROR_WRONG_WORKFLOW_ID', 'Invalid workflow instance ID (string expected)');
    }
    return stop(call, 'terminated');
  },
};

const kill: Method = { operation: 'kill', admin: true, upperCaseKeys: true, run: (call) => stop(call, 'killed') };

async function stop({ params, state, seen }: MethodCall, to: 'terminated' | 'killed'): Promise<{ result: true }> {
  const id = textOf(params['ID']);
  if (id === '') throw new PortalFault(400, 'ERROR_WRONG_WORKFLOW_ID', 'Empty workflow instance ID');
  const run = state.run(id);
  seen.definition = run?.templateId ?? null;
  // Kill terminates first, so of a finished run nothing is deleted either.
  if (run?.state !== 'running') throw new PortalFault(400, '', 'Бизнес-процесс не найден');
  state.end(run, to);
  seen.executed = true;
  await state.saved();
  return { result: true };
}

function instanceRow(run: KeptRun): JsonObject {
  return {
    ID: run.nativeId,
    MODIFIED: run.modifiedAt,
    OWNED_UNTIL: null,
    MODULE_ID: run.document[0],
    ENTITY: run.document[1],
    DOCUMENT_ID: run.document[2],
    STARTED: run.startedAt,
    STARTED_BY: run.startedBy,
    TEMPLATE_ID: run.templateId,
  };
}

function templateRow({ id, name, documentType, parameters }: (typeof templates)[number]): JsonObject {
  return {
    ID: id,
    MODULE_ID: documentType[0],
    ENTITY: documentType[1],
    DOCUMENT_TYPE: documentType,
    AUTO_EXECUTE: '0',
    NAME: name,
    DESCRIPTION: '',
    // PHP writes an empty map as a list.
    PARAMETERS: Object.keys(parameters).length > 0 ? parameters : [],
    USER_ID: '1',
    SYSTEM_CODE: '',
  };
}

export const workflowMethods: Readonly<Record<string, Method>> = {
  'bizproc.workflow.start': workflowStart,
  'bizproc.workflow.terminate': terminate,
  'bizproc.workflow.kill': kill,
  'bizproc.workflow.instances': instances,
  'bizproc.workflow.instance.list': instances,
  'bizproc.workflow.template.list': templateList,
};
