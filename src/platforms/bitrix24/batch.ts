import type { Json } from '../../lib/json.js';
import { InDoubt, PlatformError } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { refusalOf, type Asked, type Told } from './bitrix24.refusals.js';
import { BatchResult } from './bitrix24.wire.js';
import { PortalTime } from './portal-time.js';
import { nativeFaultOf, toldBy } from './verdict.js';

/** The portal's limit of commands in one batch. Source: b24restdocs settings/how-to-call-rest-api/batch.md */
export const maxCommands = 50;

/** One command of a batch. */
export type Command = Omit<PortalCall, 'asked'>;

/** How one command of a batch ended: its result, or why there is none. */
export type Outcome = { readonly result: unknown } | { readonly error: PlatformError };

/** What a batch told, in the order of its commands. */
export interface BatchAnswer {
  readonly outcomes: readonly Outcome[];
  readonly portalTime: string | null;
  /** How much the portal's clock is ahead of ours, in milliseconds; `null`: not told. */
  readonly clockAheadMs: number | null;
}

/** Several reads in one request of the portal's budget; otherwise as `callTogether`. */
export function readTogether(client: Bitrix24Client, reads: readonly Command[], call: Call): Promise<BatchAnswer> {
  return callTogether(client, { asked: 'read', commands: reads }, call);
}

/**
 * Several commands in one request of the portal's budget.
 *
 * A command that failed, or that the answer does not name, has an error in its place; only a failure of the batch itself
 * is thrown. A lost answer is such a failure, and says nothing of any command.
 */
export async function callTogether(
  client: Bitrix24Client,
  { asked, commands }: { readonly asked: Asked; readonly commands: readonly Command[] },
  call: Call,
): Promise<BatchAnswer> {
  const keyOf = (index: number): string => `${asked.charAt(0)}${index}`;
  const cmd = Object.fromEntries(commands.map((command, index) => [keyOf(index), queryOf(command)]));
  const answer = await client.call({ asked, method: 'batch', params: { halt: 0, cmd } }, call);
  const read = BatchResult.safeParse(answer.result);
  if (!read.success) throw new InDoubt('The answer to a batch cannot be read.', null, { cause: read.error });
  const { result, result_error: errors, result_time: times = {} } = read.data;
  // What a method has cost adds up, so that its last command tells it all.
  const newest = new Map(commands.flatMap(({ method }, index) => timeOf(times[keyOf(index)], method)));
  for (const [method, time] of newest) client.work.learn(method, time, answer.clockAheadMs);
  const outcomes = commands.map(({ method }, index): Outcome => {
    const key = keyOf(index);
    const told = toldBy(errors[key], null);
    // Not documented together: with a result something may have run, whatever the error says.
    if (told && !(key in result)) return { error: failureOf(asked, told, { method, client }) };
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
function failureOf(
  asked: Asked,
  told: Told,
  { method, client }: { readonly method: string; readonly client: Bitrix24Client },
): PlatformError {
  const refusal = refusalOf(asked, told, nativeFaultOf(told, client.secrets));
  const explained = client.explained(refusal, method);
  return explained instanceof PlatformError ? explained : refusal;
}

/** One command as `method?query`, in the bracket notation that PHP reads: every value becomes text, `null` is left out. */
export function queryOf({ method, params }: Command): string {
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
