import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { MalformedQuery, type ParameterFault } from './door.errors.js';
import type { Query } from './query-string.js';

/** What a text of the query says; `null`: it does not fit. */
type Read = (text: string) => unknown;

interface QueryField {
  readonly isList: boolean;
  readonly isRequired?: boolean;
  readonly read: Read;
  /** Completes "Send …". */
  readonly expected: string;
}

const fieldsByClass = new WeakMap<object, Map<string, QueryField>>();

function queryField(field: QueryField, shown: ApiPropertyOptions): PropertyDecorator {
  return (prototype, name) => {
    const own = fieldsByClass.get(prototype) ?? new Map<string, QueryField>();
    fieldsByClass.set(prototype, own.set(String(name), field));
    ApiPropertyOptional(shown)(prototype, name);
  };
}

/** The fields of a class and of those that it extends, theirs first. */
function fieldsOf(prototype: unknown): ReadonlyMap<string, QueryField> {
  if (typeof prototype !== 'object' || prototype === null) return new Map();
  return new Map([...fieldsOf(Object.getPrototypeOf(prototype)), ...(fieldsByClass.get(prototype) ?? [])]);
}

/** A whole number, e.g. `@QueryWhole(1, 200, 'How many items at most.', 50) limit = 50`. */
export function QueryWhole(min: number, max: number, description: string, standard?: number): PropertyDecorator {
  const read: Read = (text) => {
    const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : null;
  };
  const shown = { type: 'integer', minimum: min, maximum: max, description } as const;
  return queryField(
    { isList: false, read, expected: `a whole number from ${min} to ${max}` },
    standard === undefined ? shown : { ...shown, default: standard },
  );
}

/** A text that stands once, at most 2,048 characters; `{ required: true }` asks for it. */
export function QueryText(description: string, shown: ApiPropertyOptions = {}): PropertyDecorator {
  return queryField(
    {
      isList: false,
      isRequired: shown.required === true,
      read: shortText(2048),
      expected: 'a text of 1 to 2,048 characters',
    },
    { type: String, maxLength: 2048, minLength: 1, description, ...shown },
  );
}

/** A text that stands once, also an empty one, for senders that fill in what they have. */
export function QueryAsSent(description: string): PropertyDecorator {
  return queryField({ isList: false, read: (text) => text, expected: 'a text' }, { type: String, description });
}

/** A filter that may stand several times, which means "or"; always read as a list. */
export function QueryTexts(description: string): PropertyDecorator {
  return queryField(
    { isList: true, read: shortText(255), expected: 'a text of 1 to 255 characters' },
    { type: String, isArray: true, description: `${description} Given several times, it means "or".` },
  );
}

/** As `QueryTexts`, out of a list of words. */
export function QueryWords(words: readonly string[], description: string): PropertyDecorator {
  return queryField(
    { isList: true, read: (text) => (words.includes(text) ? text : null), expected: `one of ${words.join(', ')}` },
    { enum: [...words], isArray: true, description: `${description} Given several times, it means "or".` },
  );
}

/** One out of a list of words. */
export function QueryWord(words: readonly string[], description: string): PropertyDecorator {
  return queryField(
    { isList: false, read: (text) => (words.includes(text) ? text : null), expected: words.join(' or ') },
    { enum: [...words], description },
  );
}

/** `true` or `false`. */
export function QueryFlag(description: string): PropertyDecorator {
  return queryField({ isList: false, read: flagIn, expected: 'true or false' }, { type: Boolean, description });
}

function flagIn(text: string): boolean | null {
  if (text === 'true') return true;
  return text === 'false' ? false : null;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** A moment (RFC 3339), read as a `Date`. */
export function QueryTime(description: string): PropertyDecorator {
  return queryField(
    { isList: false, read: timeIn, expected: 'a time as in RFC 3339, e.g. 2026-11-21T09:30:00Z' },
    { type: String, format: 'date-time', description },
  );
}

/** The moment that an RFC 3339 text names; `null` where it names none, as 30 February. */
export function timeIn(text: string): Date | null {
  const [, year, month, day] = rfc3339.exec(text) ?? [];
  if (year === undefined || Number(year) === 0) return null;
  // `Date` makes 2 March of 30 February.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCDate() !== Number(day) || date.getUTCMonth() !== Number(month) - 1) return null;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? null : time;
}

function shortText(max: number): Read {
  return (text) => (text.length >= 1 && text.length <= max ? text : null);
}

/** A class that describes a query; what no decorator can say, e.g. between two parameters, it says itself. */
export interface QueryClass<T> {
  new (): T;
  readonly faultsBetween?: (given: ReadonlySet<string>) => readonly ParameterFault[];
}

/**
 * A query as the class describes it; its own values are the defaults.
 *
 * @throws MalformedQuery  with every parameter that is unknown, repeated, bad or missing
 */
export function readQueryAs<T extends object>(type: QueryClass<T>, query: Query): T {
  const result = new type();
  const fields = fieldsOf(type.prototype);
  const faults: ParameterFault[] = [];
  for (const [parameter, texts] of query) {
    const field = fields.get(parameter);
    const values = field ? texts.map(field.read) : [];
    if (!field) faults.push({ parameter, code: 'unknown-parameter', message: unknownParameter([...fields.keys()]) });
    else if (!field.isList && texts.length > 1)
      faults.push({ parameter, code: 'repeated', message: 'Send this parameter once.' });
    else if (values.includes(null)) faults.push({ parameter, code: 'invalid', message: `Send ${field.expected}.` });
    else Object.assign(result, { [parameter]: field.isList ? values : values[0] });
  }
  for (const [parameter, { isRequired, expected }] of fields) {
    if (isRequired && !query.has(parameter)) faults.push({ parameter, code: 'required', message: `Send ${expected}.` });
  }
  faults.push(...(type.faultsBetween?.(new Set(query.keys())) ?? []));
  if (faults.length > 0) throw new MalformedQuery(faults);
  return result;
}

/** What to say of a parameter that a route does not have. */
export function unknownParameter(known: readonly string[]): string {
  return known.length > 0
    ? `This route has no such parameter; it has ${known.join(', ')}.`
    : 'This route has no parameters.';
}
