import { isJsonObject, type JsonObject } from '../lib/json.js';
import type { Platform } from '../platforms/platform.js';
import { PlatformError } from '../platforms/platform.errors.js';
import type { NativeCall, Run, StartOrder } from '../platforms/run.js';
import { textsIn, withoutTexts } from '../processes/hidden.js';
import type { Operation } from '../processes/operation.js';
import type { Process } from '../processes/process.js';

/** A platform's words are cut far before; of a file its beginning is enough. */
const longest = 1000;

/** What a platform says of a start may repeat what it was sent; the values that are shown to nobody are taken out of it. */
export async function withholding<Told extends Pick<Run, 'failure'>>(
  values: () => readonly string[],
  ask: () => Promise<Told>,
): Promise<Told> {
  try {
    const told = await ask();
    return told.failure === null ? told : withoutValues(told, values());
  } catch (error) {
    throw withheld(error, values());
  }
}

/** The same of a command on a process: its variables and fields may have the names of what is shown to nobody. */
export async function withholdingOf<Told>(
  { operation, process }: { readonly operation: Pick<Operation, 'input'>; readonly process: Process },
  ask: () => Promise<Told>,
): Promise<Told> {
  try {
    return await ask();
  } catch (error) {
    throw withheld(error, valuesOfCommand(operation, process));
  }
}

/** The same run, the words of its failure without these values. */
export function withoutValues<Told extends Pick<Run, 'failure'>>(told: Told, values: readonly string[]): Told {
  const { failure } = told;
  if (failure === null || values.length === 0) return told;
  return { ...told, failure: { ...failure, message: withoutTexts(failure.message, values) } };
}

/**
 * The values of an order that are shown to nobody, as its caller gave them and as the platform got them: a date is written
 * there in another way, an amount with its currency.
 *
 * @param platform  `null`: there is no connection any more
 */
export function valuesOf(
  { sensitive = null, sealedVariables = null, variables: shown }: Process,
  order: StartOrder,
  platform: Pick<Platform, 'nativeCall'> | null,
): readonly string[] {
  if (sealedVariables === null && sensitive === null) return [];
  const hidden = Object.fromEntries(
    (sensitive ?? []).flatMap((name) => {
      const value = order.variables[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const isShown = new Set(textsIn(shown));
  // Files of signings too, which no name marks.
  const unseen = textsIn(order.variables).filter((text) => !isShown.has(text));
  const written = platform && Object.keys(hidden).length > 0 ? writtenOf(order, hidden, platform) : [];
  return [...new Set([...textsIn(hidden), ...unseen, ...written])].map((text) => text.slice(0, longest));
}

function valuesOfCommand({ input }: Pick<Operation, 'input'>, { sensitive = null }: Process): readonly string[] {
  if (sensitive === null) return [];
  return Object.values(input).flatMap((values) =>
    sensitive.flatMap((name) => (isJsonObject(values) ? textsIn(values[name]) : [])),
  );
}

/** The same error, its words without these values. */
export function withheld(error: unknown, values: readonly string[]): unknown {
  if (error instanceof PlatformError && values.length > 0) error.hide((text) => withoutTexts(text, values));
  return error;
}

/** What stands in the request because of these values alone. */
function writtenOf(order: StartOrder, hidden: JsonObject, platform: Pick<Platform, 'nativeCall'>): readonly string[] {
  const bare = new Set(textsOf(platform.nativeCall({ ...order, variables: {} })));
  return textsOf(platform.nativeCall({ ...order, variables: hidden })).filter((text) => !bare.has(text));
}

function textsOf({ url, body }: NativeCall): readonly string[] {
  return [...textsIn(body), ...textsIn([...new URL(url).searchParams.values()])];
}
