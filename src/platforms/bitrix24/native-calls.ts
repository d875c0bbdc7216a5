import { pointerTo, valueFault, type Fault } from '../../lib/fault.js';
import { isJsonObject, type Json } from '../../lib/json.js';
import type { NativeRequest } from '../native-request.js';
import type { NativeCalls } from '../platform.js';
import type { Bitrix24Client } from './bitrix24.client.js';

/** As the portal's documentation writes methods; the portal takes other letters too, and no route could tell them apart. */
const methodForm = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;

/** The ending of an address says the form of the answer; it is ours. */
const ending = /\.(json|xml)$/;

/** What starts runs, so that it must go through the route that sends a start at most once. */
const starts = new Set(['bizproc.workflow.start', 'sign.b2e.document.send']);

/**
 * What reads, by the names that the portal's own modules have for it; what an application has registered may be named so and
 * act. Messages are left out: reading them may mark them as read.
 *
 * Source: b24restdocs, api-reference (read 2026-11-22).
 */
const readForm =
  /^(user\.current|(bizproc|calendar|catalog|crm|department|disk|lists|sale|sonet_group|task|tasks|user)\.([a-z0-9_]+\.)*(get|list|fields))$/;

/** Raw calls of one portal. */
export function nativeCalls(client: Bitrix24Client): NativeCalls {
  return {
    faultsOf,
    reads: ({ method }) => readForm.test(method),
    call: async ({ method, params }, call) => {
      const { body } = await client.call({ asked: 'call', method, params }, call);
      return client.secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), body);
    },
  };
}

function faultsOf({ method, params }: NativeRequest): readonly Fault[] {
  const faults = faultsOfMethod('/method', method);
  return method === 'batch' ? faultsOfBatch(params['cmd']) : faults;
}

function faultsOfMethod(pointer: string, method: string): readonly Fault[] {
  if (!methodForm.test(method) || method.length > 100 || ending.test(method)) {
    const message = 'Write the method as the portal documents it, in lower case and without an ending: crm.lead.get';
    return [valueFault(pointer, 'no-method', message)];
  }
  if (!starts.has(method)) return [];
  const message = `${method} starts a run. Use POST /v1/processes, which sends a start at most once and follows its run.`;
  return [valueFault(pointer, 'starts-a-run', message)];
}

/** A command of a batch is a method with its query; nothing else can be looked at. */
function faultsOfBatch(cmd: Json | undefined): readonly Fault[] {
  const pointer = pointerTo('params', 'cmd');
  if (!isJsonObject(cmd)) {
    return [valueFault(pointer, 'no-commands', 'Send the commands as an object: {"name": "method?query"}')];
  }
  return Object.entries(cmd).flatMap(([name, command]) => {
    const [method = ''] = typeof command === 'string' ? command.split('?') : [];
    const at = pointerTo('params', 'cmd', name);
    if (method === 'batch') return [valueFault(at, 'batch-in-batch', 'A batch holds no other batch.')];
    return faultsOfMethod(at, method);
  });
}
