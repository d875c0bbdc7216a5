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

/** A text without these values, however a platform repeats them: in markup, in an address, in JSON, or cut off at the end. */
export function withoutTexts(text: string, values: readonly string[]): string {
  const forms = [...new Set(values.flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  return forms.reduce((rest, form) => withoutBeginning(rest.replaceAll(form, redacted), form), text);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What adapters and portals make of a value on its way into a message. */
function formsOf(value: string): readonly string[] {
  const markup = value.replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? sign);
  const plain = value.replaceAll(/<[^>]*>/g, ' ').trim();
  const written = [encodeURIComponent(Buffer.from(value).toString()), JSON.stringify(value).slice(1, -1)];
  return [value, plain, markup, markup.replaceAll("'", '&#039;'), ...written].filter((form) => form.length >= 4);
}

function withoutBeginning(text: string, value: string): string {
  for (let length = Math.min(text.length, value.length - 1); length >= 8; length -= 1)
    if (text.endsWith(value.slice(0, length))) return text.slice(0, -length) + redacted;
  return text;
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
