import { isJsonObject, jsonIn, type JsonObject } from '../../lib/json.js';
import { InDoubt, Refused } from '../platform.errors.js';
import type { Call, CorrelationKit } from '../platform.js';
import type { KitPart } from '../run.js';
import { readTogether } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';

/** Both are told apart by their code alone: an activity and a robot of one code are refused as the same (observed). */
const codes = { activity: 'gateway_report', robot: 'gateway_report_robot' } as const;
type PartName = keyof typeof codes;
const names: readonly PartName[] = ['activity', 'robot'];

/** Whether a callback comes from a part of the kit. */
export function isKitCode(code: string): boolean {
  return names.some((name) => codes[name] === code);
}

/** What the portal puts in the place of these when it runs a step; where it did not, nothing was said. */
export const reportPlaceholders = { processId: '{=Template:gatewayProcessId}', nativeId: '{=Workflow:ID}' } as const;

/**
 * What designers fill in. Source: the fact sheet §4.7; api-reference/bizproc/bizproc-activity/bizproc-activity-add.md.
 * Whether a default with a placeholder is evaluated is unverified; a callback names its run anyway.
 */
const properties: JsonObject = {
  outcome: {
    Name: { en: 'Outcome', ru: 'Итог' },
    Type: 'select',
    Options: { started: 'started', completed: 'completed', failed: 'failed' },
    Required: 'Y',
    Multiple: 'N',
    Default: 'completed',
  },
  processId: {
    Name: { en: 'Process of the gateway', ru: 'Процесс шлюза' },
    Type: 'string',
    Required: 'N',
    Multiple: 'N',
    Default: reportPlaceholders.processId,
  },
  message: { Name: { en: 'Message', ru: 'Сообщение' }, Type: 'text', Required: 'N', Multiple: 'N', Default: '' },
  result: {
    Name: { en: 'Result (JSON)', ru: 'Результат (JSON)' },
    Type: 'text',
    Required: 'N',
    Multiple: 'N',
    Default: '',
  },
};

const shownAs: JsonObject = { en: 'Report to the BPM gateway', ru: 'Отчёт шлюзу BPM' };

/** The activity and the robot with which a workflow reports; for applications alone. */
export function correlationKit(client: Bitrix24Client): CorrelationKit {
  const register = async (method: string, params: JsonObject, call: Call): Promise<void> => {
    await client.call({ asked: 'register', method, params }, call);
  };
  return {
    parts: (call) => partsOf(client, call),
    install: async ({ name, installed }, address, call) => {
      const part = partNamed(name);
      // Omitted, USE_SUBSCRIPTION makes the run wait for an answer.
      const fields = { HANDLER: address, NAME: shownAs, PROPERTIES: properties, USE_SUBSCRIPTION: 'N' };
      const CODE = codes[part];
      if (installed) return register(`bizproc.${part}.update`, { CODE, FIELDS: fields }, call);
      return register(`bizproc.${part}.add`, { CODE, ...fields }, call);
    },
    remove: async ({ name }, call) => {
      const part = partNamed(name);
      try {
        await register(`bizproc.${part}.delete`, { CODE: codes[part] }, call);
      } catch (error) {
        if (!(error instanceof Refused) || error.because !== 'not_found') throw error;
      }
    },
  };
}

/** What the properties of a callback of the kit say; empty texts say nothing. */
export function kitReportOf(given: Readonly<Record<string, unknown>>): {
  readonly processId: string | null;
  readonly outcome: 'started' | 'completed' | 'failed' | null;
  readonly message: string | null;
  readonly result: JsonObject | null;
} {
  const text = (name: string): string | null => {
    const value = Object.hasOwn(given, name) ? given[name] : null;
    return typeof value === 'string' && value.trim() !== '' ? value : null;
  };
  const processId = text('processId');
  const outcome = text('outcome');
  const result = text('result');
  return {
    processId: processId !== null && uuid.test(processId) ? processId.toLowerCase() : null,
    outcome: outcome === 'started' || outcome === 'completed' || outcome === 'failed' ? outcome : null,
    message: text('message')?.slice(0, 2000) ?? null,
    result: result === null ? null : resultIn(result),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function resultIn(text: string): JsonObject {
  try {
    const json = jsonIn(text);
    return isJsonObject(json) ? json : { value: json };
  } catch {
    return { value: text };
  }
}

async function partsOf(client: Bitrix24Client, call: Call): Promise<readonly KitPart[]> {
  const lists = names.map((name) => ({ method: `bizproc.${name}.list`, params: {} }));
  const { outcomes } = await readTogether(client, lists, call);
  return names.map((name, at) => {
    const outcome = outcomes[at];
    if (!outcome || 'error' in outcome) throw outcome?.error ?? new InDoubt('The portal says nothing of this list.');
    if (!Array.isArray(outcome.result)) throw new InDoubt('The list of activities cannot be read.');
    const installed = outcome.result.includes(codes[name]);
    return { name, installed, native: installed ? codes[name] : null };
  });
}

function partNamed(name: string): PartName {
  const part = names.find((one) => one === name);
  if (!part) throw new Refused('not_found', `The kit has no part "${name}".`);
  return part;
}
