import type { SimulatedOperation } from '../../simulated-answers.js';
import { fieldOf, parseQuery, textOf, valuesOf, type Params } from './php-params.js';
import type { PortalState } from './state.js';

const operationOf: Readonly<Record<string, string>> = {
  'bizproc.workflow.start': 'start',
  'sign.b2e.document.send': 'start',
  'bizproc.workflow.terminate': 'terminate',
  'bizproc.workflow.kill': 'kill',
  'bizproc.workflow.instances': 'observe',
  'bizproc.workflow.instance.list': 'observe',
  'sign.b2e.document.get': 'observe',
  'bizproc.workflow.template.list': 'definitions',
  'bizproc.activity.log': 'log_element',
  'bizproc.event.send': 'complete_element',
  'bizproc.task.complete': 'complete_task',
  'bizproc.task.delegate': 'delegate_task',
  'bizproc.task.list': 'tasks',
};

/** What one request asks for, in the gateway's words; of a batch every command. */
export function askedFor(method: string, params: Params, state: PortalState): readonly SimulatedOperation[] {
  if (method === 'batch') {
    return (valuesOf(params['cmd']) ?? []).flatMap((command) => {
      const [, inner = '', query = ''] = /^([^?]*)\??([\s\S]*)$/.exec(textOf(command)) ?? [];
      return inner === 'batch' ? [] : askedFor(inner.toLowerCase(), parseQuery(query), state);
    });
  }
  const operation = operationOf[method];
  if (operation === undefined) return [];
  const named = { operation, definition: definitionOf(method, params, state) };
  return method === 'sign.b2e.document.send' ? [named, { ...named, operation: 'send' }] : [named];
}

function definitionOf(method: string, params: Params, state: PortalState): string | null {
  if (method.startsWith('sign.')) return 'sign.b2e.document';
  const given = Object.fromEntries(Object.entries(params).map(([key, value]) => [key.toUpperCase(), value]));
  const templateId = Number.parseInt(textOf(given['TEMPLATE_ID']), 10);
  if (templateId > 0) return String(templateId);
  const task = state.tasks.find(textOf(given['TASK_ID']) || textOf(valuesOf(given['TASK_IDS'])?.[0]));
  if (task) return state.runOf(task)?.templateId ?? null;
  return state.run(textOf(given['ID']) || textOf(fieldOf(given['FILTER'], 'ID')))?.templateId ?? null;
}
