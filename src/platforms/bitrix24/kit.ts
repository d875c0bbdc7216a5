import { z } from 'zod';
import { isJsonObject, jsonIn, type JsonObject } from '../../lib/json.js';
import { InDoubt, Refused } from '../platform.errors.js';
import type { Call, CorrelationKit } from '../platform.js';
import type { KitPart } from '../run.js';
import { callTogether, readTogether, type Command, type Outcome } from './batch.js';
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

/** What of a portal's own events we are told, by part; those of signing need a scope that an application may lack. */
const events = {
  events: ['ONAPPINSTALL', 'ONAPPUPDATE', 'ONAPPUNINSTALL'],
  signing_events: ['ONSIGNB2EDOCUMENTSTATUSCHANGED', 'ONSIGNB2EMEMBERSTATUSCHANGED'],
} as const;
type EventsName = keyof typeof events;
const eventNames: readonly EventsName[] = ['events', 'signing_events'];

/** The activity and the robot with which a workflow reports, and the portal's own events; for applications alone. */
export function correlationKit(client: Bitrix24Client): CorrelationKit {
  return {
    parts: (address, call) => partsOf(client, address, call),
    install: async (part, address, call) => {
      const name = names.find((one) => one === part.name);
      if (name) return installStep(client, { name, address, installed: part.installed }, call);
      const group = eventNames.find((one) => one === part.name);
      if (group && !part.installed) await bind(client, { group, address }, call);
    },
    remove: async (part, address, call) => {
      const name = names.find((one) => one === part.name);
      const group = eventNames.find((one) => one === part.name);
      if (name && part.installed) await removeStep(client, name, call);
      if (group) await together(client, unbinding(group, address), call);
    },
  };
}

async function installStep(
  client: Bitrix24Client,
  { name, address, installed }: { readonly name: PartName; readonly address: string; readonly installed: boolean },
  call: Call,
): Promise<void> {
  // Omitted, USE_SUBSCRIPTION makes the run wait for an answer.
  const fields = { HANDLER: address, NAME: shownAs, PROPERTIES: properties, USE_SUBSCRIPTION: 'N' };
  const CODE = codes[name];
  const params = installed ? { CODE, FIELDS: fields } : { CODE, ...fields };
  await client.call({ asked: 'register', method: `bizproc.${name}.${installed ? 'update' : 'add'}`, params }, call);
}

async function removeStep(client: Bitrix24Client, name: PartName, call: Call): Promise<void> {
  try {
    await client.call({ asked: 'register', method: `bizproc.${name}.delete`, params: { CODE: codes[name] } }, call);
  } catch (error) {
    if (!(error instanceof Refused) || error.because !== 'not_found') throw error;
  }
}

/** One that is bound already is refused without a code of its own, so each is unbound before. */
async function bind(
  client: Bitrix24Client,
  { group, address }: { readonly group: EventsName; readonly address: string },
  call: Call,
): Promise<void> {
  const binding = events[group].map((event) => ({ method: 'event.bind', params: { event, handler: address } }));
  await together(client, [...unbinding(group, address), ...binding], call);
}

function unbinding(group: EventsName, address: string): readonly Command[] {
  return events[group].map((event) => ({ method: 'event.unbind', params: { event, handler: address } }));
}

/** An event that this application does not have stays unbound, and its part not installed. */
async function together(client: Bitrix24Client, commands: readonly Command[], call: Call): Promise<void> {
  const { outcomes } = await callTogether(client, { asked: 'register', commands }, call);
  for (const outcome of outcomes) {
    const isMissing = 'error' in outcome && outcome.error instanceof Refused && outcome.error.because === 'not_found';
    if ('error' in outcome && !isMissing) throw outcome.error;
  }
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

async function partsOf(client: Bitrix24Client, address: string, call: Call): Promise<readonly KitPart[]> {
  const lists = names.map((name) => ({ method: `bizproc.${name}.list`, params: {} }));
  const { outcomes } = await readTogether(client, [...lists, { method: 'event.get', params: {} }], call);
  const steps = names.map((name, at) => {
    const listed = Codes.safeParse(resultOf(outcomes[at]));
    if (!listed.success) throw new InDoubt('The list of activities cannot be read.', null, { cause: listed.error });
    const installed = listed.data.includes(codes[name]);
    return { name, installed, native: installed ? codes[name] : null };
  });
  const read = Bindings.safeParse(resultOf(outcomes[names.length]));
  if (!read.success) throw new InDoubt('The list of event handlers cannot be read.', null, { cause: read.error });
  const bound = new Set(read.data.filter(({ handler }) => handler === address).map(({ event }) => event.toUpperCase()));
  const told = eventNames.map((name) => {
    const installed = events[name].every((event) => bound.has(event));
    return { name, installed, native: installed ? events[name].join(', ') : null };
  });
  return [...steps, ...told];
}

const Codes = z.array(z.string());
const Bindings = z.array(z.object({ event: z.string(), handler: z.string() }));

function resultOf(outcome: Outcome | undefined): unknown {
  if (!outcome || 'error' in outcome) throw outcome?.error ?? new InDoubt('The portal says nothing of this list.');
  return outcome.result;
}
