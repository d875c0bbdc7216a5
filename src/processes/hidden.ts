import type { JsonObject } from '../lib/json.js';
import { secretValues } from '../lib/secret-values.js';

/** What stands in the place of a value that is shown to nobody. */
const redacted = '[redacted]';

/** Values with those of these names taken out; the same object where none has such a name. */
export function hidden<Values extends JsonObject | null>(
  values: Values,
  names: readonly string[] | null,
): Values | JsonObject {
  if (values === null || names === null) return values;
  const found = names.filter((name) => Object.hasOwn(values, name));
  if (found.length === 0) return values;
  return { ...values, ...Object.fromEntries(found.map((name) => [name, redacted])) };
}

/** The texts and numbers in a value, however deep, that are long enough to be recognised in another text. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= 4 ? [value] : [];
  if (typeof value === 'number') return textsIn(String(value));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** A text without these values. */
export function withoutTexts(text: string, values: readonly string[]): string {
  return values.toSorted((a, b) => b.length - a.length).reduce((rest, value) => rest.replaceAll(value, redacted), text);
}

interface Told {
  readonly result?: JsonObject | null;
  readonly failure?: { readonly message: string } | null;
}

/** What a platform told without what is shown to nobody, which is not kept either: nobody can ask for it. */
export function shown<Learnt extends Told>(learnt: Learnt, sensitive: readonly string[] | null): Learnt {
  const { result, failure } = learnt;
  return {
    ...learnt,
    ...(result && sensitive ? { result: hidden(result, sensitive) } : {}),
    ...(failure ? { failure: { ...failure, message: secretValues.hide(failure.message) } } : {}),
  };
}
