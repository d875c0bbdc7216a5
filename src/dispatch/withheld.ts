import { PlatformError } from '../platforms/platform.errors.js';
import type { StartOrder } from '../platforms/run.js';
import { textsIn, withoutTexts } from '../processes/hidden.js';
import type { Process } from '../processes/process.js';

/** What a platform says of a start may repeat what it was sent; the values that are shown to nobody are taken out of it. */
export async function withholding<T>(process: Process, order: StartOrder, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw withheld(error, valuesOf(process, order));
  }
}

/** The values of an order that are shown to nobody. */
export function valuesOf({ sensitive = null }: Process, { variables }: StartOrder): readonly string[] {
  return sensitive === null ? [] : sensitive.flatMap((name) => textsIn(variables[name]));
}

/** The same error, its words without these values. */
export function withheld(error: unknown, values: readonly string[]): unknown {
  if (error instanceof PlatformError && values.length > 0) error.hide((text) => withoutTexts(text, values));
  return error;
}
