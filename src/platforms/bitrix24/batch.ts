import type { Json } from '../../lib/json.js';
import { InDoubt, PlatformError } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { refusalOf, type Told } from './bitrix24.refusals.js';
import { BatchResult } from './bitrix24.wire.js';
import { PortalTime } from './portal-time.js';
import { nativeFaultOf, toldBy } from './verdict.js';

/** The portal's limit of commands in one batch. Source: b24restdocs settings/how-to-call-rest-api/batch.md */
export const maxCommands = 50;

/** How one command of a batch ended: its result, or why there is none. */
export type Outcome = { readonly result: unknown } | { readonly error: PlatformError };

/** What a batch of reads told, in the order of its commands. */
export interface BatchAnswer {
  readonly outcomes: readonly Outcome[];
  readonly portalTime: string | null;
  /** How much the portal's clock is ahead of ours, in milliseconds; `null`: not told. */
  readonly clockAheadMs: number | null;
}

/**
 * Several reads in one request of the portal's budget.
 *
 * A command that failed, or that the answer does not name, has an error in its place; only a failure of the batch itself
 * is thrown.
 */
export async function readTogether(
  client: Bitrix24Client,
  reads: readonly Omit<PortalCall, 'asked'>[],
  call: Call,
): Promise<BatchAnswer> {
  const cmd = Object.fromEntries(reads.map((read, index) => [`r${index}`, commandOf(read)]));
  const answer = await client.call({ asked: 'read', method: 'batch', params: { halt: 0, cmd } }, call);
  const read = BatchResult.safeParse(answer.result);
  if (!read.success) throw new InDoubt('The answer to a batch cannot be read.', null, { cause: read.error });
  const { result, result_error: errors, result_time: times = {} } = read.data;
  // What a method has cost adds up, so that its last command tells it all.
  const newest = new Map(reads.flatMap(({ method }, index) => timeOf(times[`r${index}`], method)));
  for (const [method, time] of newest) client.work.learn(method, time, answer.clockAheadMs);
  const outcomes = reads.map(({ method }, index): Outcome => {
    const key = `r${index}`;
    const told = toldBy(errors[key], null);
    if (told) return { error: failureOf(told, method, client) };
    if (key in result && !(key in errors)) return { result: result[key] };
    return { error: new InDoubt('The portal says nothing of this command of the batch.') };
  });
  return { outcomes, portalTime: answer.portalTime, clockAheadMs: answer.clockAheadMs };
}

function timeOf(told: unknown, method: string): [method: string, time: PortalTime][] {
  const time = PortalTime.safeParse(told);
  return time.success ? [[method, time.data]] : [];
}

// Commands count under their own names, and the batch itself does not count.
function failureOf(told: Told, method: string, { secrets, work, now }: Bitrix24Client): PlatformError {
  const refusal = refusalOf('read', told, nativeFaultOf(told, secrets));
  const limited = work.limited(refusal, method, now);
  return limited instanceof PlatformError ? limited : refusal;
}

/** One command as `method?query`, in the bracket notation that PHP reads. */
function commandOf({ method, params }: Omit<PortalCall, 'asked'>): string {
  return `${method}?${Object.entries(params)
    .flatMap(([name, value]) => pairsOf(encodeURIComponent(name), value))
    .join('&')}`;
}

function pairsOf(name: string, value: Json): string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [`${name}=${encodeURIComponent(String(value))}`];
  const items: readonly (readonly [string, Json])[] = Object.entries(value);
  return items.flatMap(([key, item]) => pairsOf(`${name}[${encodeURIComponent(key)}]`, item));
}
