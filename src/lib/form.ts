/** A form's fields, nested by brackets in their names; every leaf is text. Its maps inherit nothing. */
export interface Form {
  readonly [name: string]: string | Form;
}

/** How much one form may hold. */
export interface FormLimits {
  readonly depth: number;
  readonly fields: number;
}

/** Why a form is not read; `over`: it holds more than it may. The message names no value. */
export class FormUnreadable extends Error {
  override readonly name = 'FormUnreadable';

  constructor(
    readonly because: 'malformed' | 'over',
    message: string,
  ) {
    super(message);
  }
}

/** Names that mean something to every object; as names of fields they are an attack. */
const inherited = new Set(['__proto__', 'constructor', 'prototype']);

interface Fields extends Map<string, string | Fields> {}

/**
 * Nests what a form says by the brackets that PHP writes into names: `a[b]=1&c[]=2`. What PHP would silently overwrite is
 * refused here.
 *
 * @param fields  values by raw name, decoded
 * @throws FormUnreadable
 */
export function nested(fields: ReadonlyMap<string, readonly string[]>, limits: FormLimits): Form {
  const root: Fields = new Map<string, string | Fields>();
  let count = 0;
  for (const [name, values] of fields) {
    for (const value of values) {
      count += 1;
      if (count > limits.fields) throw new FormUnreadable('over', `The form has more than ${limits.fields} fields.`);
      if (value.includes('\0')) throw new FormUnreadable('malformed', 'The form holds U+0000.');
      set(root, stepsOf(name, limits), value);
    }
  }
  return formOf(root);
}

/** A text field; `null` where there is none, or where it is a map. */
export function textIn(form: Form, ...names: readonly string[]): string | null {
  let here: string | Form | undefined = form;
  for (const name of names) {
    if (typeof here !== 'object') return null;
    here = here[name];
  }
  return typeof here === 'string' ? here : null;
}

function stepsOf(name: string, { depth }: FormLimits): readonly string[] {
  const parts = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!parts) throw new FormUnreadable('malformed', 'A field of the form has a name whose brackets do not fit.');
  const [, root = '', brackets = ''] = parts;
  const steps = [root, ...[...brackets.matchAll(/\[([^[\]]*)\]/g)].map(([, step = '']) => step)];
  if (steps.length > depth) throw new FormUnreadable('over', `The form is nested deeper than ${depth}.`);
  if (steps.some((step) => inherited.has(step) || step.includes('\0'))) {
    throw new FormUnreadable('malformed', 'A field of the form has a name that no field may have.');
  }
  return steps;
}

function set(root: Fields, steps: readonly string[], value: string): void {
  let here = root;
  for (const [at, step] of steps.entries()) {
    const key = step === '' ? String(here.size) : step;
    const there = here.get(key);
    if (at === steps.length - 1) {
      if (there !== undefined) throw twice();
      here.set(key, value);
    } else if (typeof there === 'string') {
      throw twice();
    } else {
      const next: Fields = there ?? new Map<string, string | Fields>();
      here.set(key, next);
      here = next;
    }
  }
}

function twice(): FormUnreadable {
  return new FormUnreadable('malformed', 'A field of the form stands in it twice.');
}

function formOf(fields: Fields): Form {
  const form: Record<string, string | Form> = {};
  Object.setPrototypeOf(form, null);
  for (const [name, value] of fields) form[name] = typeof value === 'string' ? value : formOf(value);
  return form;
}
