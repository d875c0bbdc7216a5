import type { JsonObject } from '../lib/json.js';
import { formsInText, secretValues } from '../lib/secret-values.js';

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
  if (typeof value === 'string') return value.length >= shortest ? [value] : [];
  if (typeof value === 'number') return textsIn(String(value));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/**
 * A text without these values, however a platform repeats them: in markup, in an address, in JSON, in base64, in other
 * letters, or cut off.
 */
export function withoutTexts(text: string, values: readonly string[]): string {
  const forms = [...new Set(values.flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  const whole = forms.reduce(withoutForm, text);
  return forms.reduce(withoutBeginning, whole);
}

/** Words of three letters and numbers of three digits turn up by chance, and what is left would tell nobody anything. */
const shortest = 4;
/** From here on a text is nobody else's word, so it is recognised in capitals too, and by its end that was cut off. */
const unmistakable = 8;
/** A beginning of so many characters at least, and of half of the value or so many at most, is that value cut off. */
const [leastBeginning, mostBeginning] = [12, 24];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What adapters and portals make of a value on its way into a message. */
function formsOf(value: string): readonly string[] {
  const markup = value.replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? sign);
  const plain = value.replaceAll(/<[^>]*>/g, ' ').trim();
  const written = [value, plain, markup, markup.replaceAll("'", '&#039;'), ...formsInText(value)];
  return written.filter((form) => form.length >= shortest);
}

function withoutForm(text: string, form: string): string {
  const rest = text.replaceAll(form, redacted);
  if (form.length < unmistakable) return rest;
  const [said, sought] = [rest.toLowerCase(), form.toLowerCase()];
  // Letters that take more room in lower case would move every place after them.
  if (said.length !== rest.length || sought.length !== form.length) return rest;
  return without(rest, said, sought);
}

/** @param said  the text in lower case, of the same length */
function without(text: string, said: string, sought: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let at = said.indexOf(sought); at >= 0; at = said.indexOf(sought, from)) {
    kept.push(text.slice(from, at), redacted);
    from = at + sought.length;
  }
  return from === 0 ? text : kept.join('') + text.slice(from);
}

function withoutBeginning(text: string, value: string): string {
  for (let length = Math.min(text.length, value.length - 1); length >= unmistakable; length -= 1)
    if (text.endsWith(value.slice(0, length))) return text.slice(0, -length) + redacted;
  const least = Math.max(leastBeginning, Math.min(mostBeginning, Math.ceil(value.length / 2)));
  const start = value.length > least ? text.indexOf(value.slice(0, least)) : -1;
  if (start < 0) return text;
  let length = least;
  while (length < value.length && text[start + length] === value[length]) length += 1;
  return withoutBeginning(text.slice(0, start) + redacted + text.slice(start + length), value);
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
