import type { Json } from '../../lib/json.js';
import type { Parameter, ParameterType } from '../definition.js';

type Decode = (told: string, parameter: Pick<Parameter, 'options'>) => Json | undefined;

const as =
  (form: RegExp): Decode =>
  (told) =>
    form.test(told) ? told : undefined;

const numberIn = (form: RegExp): Decode => {
  return (told) => (form.test(told) ? Number(told) : undefined);
};

const booleans: Readonly<Record<string, boolean>> = { Y: true, N: false, 1: true, 0: false };

const moneyIn: Decode = (told) => {
  const [, amount, currency] = /^(-?\d{1,18}(?:\.\d{1,6})?)\|([A-Z]{3})$/.exec(told) ?? [];
  return amount === undefined || currency === undefined ? undefined : { amount, currency };
};

/**
 * Types whose default a caller could have sent. Dates are told in the culture of the portal, where 01.02. may be January or
 * February: only ISO forms are sure.
 */
const decoders: Readonly<Partial<Record<ParameterType, Decode>>> = {
  text: (told) => told,
  integer: numberIn(/^-?\d{1,15}$/),
  number: numberIn(/^-?\d{1,15}(\.\d{1,10})?$/),
  boolean: (told) => (Object.hasOwn(booleans, told) ? booleans[told] : undefined),
  select: (told, { options }) => (options === null || options.includes(told) ? told : undefined),
  user: as(/^(user|group)_\w+$/),
  money: moneyIn,
  time: as(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/),
  date: as(/^\d{4}-\d{2}-\d{2}$/),
  datetime: as(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([Zz]|[+-]\d{2}:\d{2})$/),
};

/** Has a template a value for a parameter that nobody sends? */
export function hasDefault(told: unknown): boolean {
  const isEmptyList = Array.isArray(told) && told.length === 0;
  return !isEmptyList && ![undefined, null, ''].some((nothing) => nothing === told);
}

/**
 * A parameter's default as a caller would send it; `undefined`: there is none, or it cannot be said for sure: an expression
 * that the portal fills in (`{=Document:ASSIGNED_BY_ID}`), a date in the portal's own form, a name of a user. Pure.
 */
export function defaultOf(
  told: unknown,
  parameter: Pick<Parameter, 'type' | 'multiple' | 'options'>,
): Json | undefined {
  if (!hasDefault(told)) return undefined;
  const decode = decoders[parameter.type];
  const one = (item: unknown): Json | undefined => {
    const text = typeof item === 'number' || typeof item === 'boolean' ? textOf(item) : item;
    return typeof text !== 'string' || /\{=|\{\{/.test(text) ? undefined : decode?.(text, parameter);
  };
  if (!parameter.multiple) return one(told);
  // PHP writes a list that is not numbered from 0 on as a map.
  const items = typeof told === 'object' && told !== null ? Object.values(told) : [told];
  const values = items.flatMap((item): Json[] => {
    const value = one(item);
    return value === undefined ? [] : [value];
  });
  return values.length === items.length ? values : undefined;
}

function textOf(value: number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'Y' : 'N') : String(value);
}
