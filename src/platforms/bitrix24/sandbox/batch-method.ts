import type { Json } from '../../../lib/json.js';
import { asJson } from '../json-of.js';
import type { Method, MethodAnswer } from './method.js';
import { fieldOf, parseQuery, textOf, type Params } from './php-params.js';
import { PortalFault } from './portal-fault.js';

const maxCommands = 50;
const notAllowed = new PortalFault(405, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage');
const tooMany = new PortalFault(400, 'ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded');

/** Up to 50 commands in one request. Source: b24restdocs settings/how-to-call-rest-api/batch.md */
export const batch: Method = {
  run: async ({ params, callInner }) => {
    const { cmd, halt } = params;
    const result: Params = {};
    const errors: Record<string, Json> = {};
    const totals: Record<string, Json> = {};
    const nexts: Record<string, Json> = {};
    const times: Record<string, Json> = {};
    const commands = typeof cmd === 'object' && cmd !== null ? Object.entries(cmd) : [];
    for (const [index, [key, command]] of commands.entries()) {
      // Commands that are no texts are skipped without a word (observed).
      if (typeof command !== 'string') continue;
      try {
        if (index >= maxCommands) throw tooMany;
        const [, method = '', query = ''] = /^([^?]*)\??([\s\S]*)$/.exec(command) ?? [];
        if (method.toLowerCase() === 'batch') throw notAllowed;
        const answer = await callInner(method, substituted(parseQuery(query), result));
        if ('broken' in answer) return { result: null, broken: answer.broken };
        result[key] = answer.result;
        if (answer.total !== undefined) totals[key] = answer.total;
        if (answer.next !== undefined) nexts[key] = answer.next;
        if (answer.time !== undefined) times[key] = answer.time;
      } catch (error) {
        if (!(error instanceof PortalFault)) throw error;
        errors[key] = error.inner;
        if (halt === true || textOf(halt) === '1') break;
      }
    }
    return answerOf({ result, result_error: errors, result_total: totals, result_next: nexts, result_time: times });
  },
};

/** PHP writes an empty map as a list. */
function answerOf(maps: Record<string, object>): MethodAnswer {
  const written = Object.entries(maps).map(([name, map]) => [name, Object.keys(map).length > 0 ? map : []] as const);
  return { result: asJson(Object.fromEntries(written)) };
}

/** Puts earlier results in the place of `$result[key][field]`. */
function substituted(params: Params, results: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]): [string, Params[string]] => {
      if (typeof value === 'string')
        return [key, value.replaceAll(/\$result((?:\[[^\]]+\])+)/g, (_, path: string) => at(results, path))];
      return [key, isMap(value) ? substituted(value, results) : value];
    }),
  );
}

function at(results: Params, path: string): string {
  const steps = [...path.matchAll(/\[([^\]]+)\]/g)].map(([, step]) => step ?? '');
  return textOf(steps.reduce<unknown>((here, step) => fieldOf(here, step), results));
}

function isMap(value: Params[string]): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
