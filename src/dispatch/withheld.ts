import { PlatformError } from '../platforms/platform.errors.js';
import type { Run, StartOrder } from '../platforms/run.js';
import { textsIn, withoutTexts } from '../processes/hidden.js';
import type { Process } from '../processes/process.js';

/** What a platform says of a start may repeat what it was sent; the values that are shown to nobody are taken out of it. */
export async function withholding<Told extends Pick<Run, 'failure'>>(
  process: Process,
  order: StartOrder,
  ask: () => Promise<Told>,
): Promise<Told> {
  try {
    return withoutValues(await ask(), valuesOf(process, order));
  } catch (error) {
    throw withheld(error, valuesOf(process, order));
  }
}

/** The same run, the words of its failure without these values. */
export function withoutValues<Told extends Pick<Run, 'failure'>>(told: Told, values: readonly string[]): Told {
  const { failure } = told;
  if (failure === null || values.length === 0) return told;
  return { ...told, failure: { ...failure, message: withoutTexts(failure.message, values) } };
}

/** The values of an order that are shown to nobody. */
export function valuesOf(
  { sensitive = null }: Process,
  { variables }: Pick<StartOrder, 'variables'>,
): readonly string[] {
  return sensitive === null ? [] : sensitive.flatMap((name) => textsIn(variables[name]));
}

/** The same error, its words without these values. */
export function withheld(error: unknown, values: readonly string[]): unknown {
  if (error instanceof PlatformError && values.length > 0) error.hide((text) => withoutTexts(text, values));
  return error;
}
