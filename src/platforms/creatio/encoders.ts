import type { Json } from '../../lib/json.js';
import type { ParameterType } from '../definition.js';
import type { Encode, Encoders } from '../variables.js';

/**
 * The data types of process parameters by the key of their `DataValueType`.
 *
 * Source: clio's DataValueTypeMap, which generates code against live instances.
 */
const dataTypes: Readonly<Record<string, { readonly type: ParameterType; readonly native: string }>> = {
  '90b65bf8-0ffc-4141-8779-2420877af907': { type: 'boolean', native: 'Boolean' },
  '325a73b8-0f47-44a0-8412-7606f78003ac': { type: 'text', native: 'Text (50)' },
  'ddb3a1ee-07e8-4d62-b7a9-d0e618b00fbd': { type: 'text', native: 'Text (250)' },
  '5ca35f10-a101-4c67-a96a-383da6afacfc': { type: 'text', native: 'Text (500)' },
  'c0f04627-4620-4bc0-84e5-9419dc8516b1': { type: 'text', native: 'Text (unlimited)' },
  '8b3f29bb-ea14-4ce5-a5c5-293a929b6ba2': { type: 'text', native: 'Text' },
  '26cba63c-daf1-4f36-b2ea-73c0d675d90c': { type: 'text', native: 'Text (phone)' },
  '26cba64c-daf1-4f36-b2ea-73c0d695d90c': { type: 'text', native: 'Text' },
  '66cba64c-daf1-4f36-b8ea-73c0d695d90c': { type: 'text', native: 'Text' },
  'b039feb0-ee7c-4884-8aa6-d6d45d84316f': { type: 'text', native: 'Text' },
  'fa6e6e49-b996-475e-a77e-73904e4c5a88': { type: 'text', native: 'Text' },
  '79bccffa-8c8b-4863-b376-a69d2244182b': { type: 'text', native: 'Text' },
  '3509b9dd-2c90-4540-b82e-8f6ae85d8248': { type: 'text', native: 'Text' },
  'ecbcce18-2a17-4ead-829a-9d02fa9578a4': { type: 'text', native: 'Text' },
  'dafb71f9-ee9f-4e0b-a4d7-37aa15987155': { type: 'text', native: 'Color' },
  '6b6b74e2-820d-490e-a017-2b73d4ccf2b0': { type: 'integer', native: 'Integer' },
  '57ee4c31-5ec4-45fa-b95d-3a2868aa89a8': { type: 'number', native: 'Decimal' },
  '07ba84ce-0bf7-44b4-9f2c-7b15032eb98c': { type: 'number', native: 'Decimal' },
  '5cc8060d-6d10-4773-89fc-8c12d6f659a6': { type: 'number', native: 'Decimal' },
  '3f62414e-6c25-4182-bcef-a73c9e396f31': { type: 'number', native: 'Decimal' },
  'ff22e049-4d16-46ee-a529-92d8808932dc': { type: 'number', native: 'Decimal' },
  'a4aaf398-3531-4a0d-9d75-a587f5b5b59e': { type: 'number', native: 'Decimal' },
  '969093e2-2b4e-463b-883a-3d3b8c61f0cd': { type: 'money', native: 'Money' },
  'b295071f-7ea9-4e62-8d1a-919bf3732ff2': { type: 'guid', native: 'Lookup' },
  '23018567-a13c-4320-8687-fd6f9e3699bd': { type: 'guid', native: 'Guid' },
  '603d4960-a1a2-45e9-b232-206a54421b01': { type: 'date', native: 'Date' },
  'd21e9ef4-c064-4012-b286-fa1a8171da44': { type: 'datetime', native: 'DateTime' },
  '04cc757b-8f06-482c-8a1a-0c0e171d2410': { type: 'time', native: 'Time' },
  '651ec16f-d140-46db-b9e2-825c985a8ac2': { type: 'collection', native: 'Collection' },
};

/** What a parameter's `dataValueType` is to us; a type that is not known takes any scalar. */
export function typeOf(dataValueType: string | null | undefined): { type: ParameterType; native: string } {
  return dataTypes[dataValueType?.toLowerCase() ?? ''] ?? { type: 'other', native: dataValueType ?? 'unknown' };
}

const decimal = /^-?\d+(\.\d+)?$/;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const date = /^\d{4}-\d{2}-\d{2}$/;
const dateTime = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const time = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?[Zz]?$/;
const int32 = { least: -(2 ** 31), most: 2 ** 31 - 1 };

const text: Encode = (value) => (typeof value === 'string' ? value : null);

const number: Encode = (value) => {
  if (typeof value === 'number') return decimalText(value);
  return typeof value === 'string' && decimal.test(value) ? value : null;
};

const integer: Encode = (value, parameter) => {
  const written = number(value, parameter);
  const whole = Number(written);
  return written !== null && Number.isInteger(whole) && whole >= int32.least && whole <= int32.most
    ? whole.toFixed(0)
    : null;
};

/** Creatio has no currency in a value, so an amount with one gives the amount alone. */
const money: Encode = (value, parameter) =>
  typeof value === 'object' && value !== null && 'amount' in value && typeof value['currency'] === 'string'
    ? number(value['amount'] ?? null, parameter)
    : number(value, parameter);

/**
 * How Creatio takes each type. Values travel as text and are read with invariant formatting; dates in UTC, the zone of
 * the gateway's sessions. Types that do not exist there, such as a user, are absent.
 *
 * Source: clio, `run-process` (measured); ATF.Repository, BusinessProcessValueConverter. The forms of a date and of a
 * time alone are inferred from that of a date-time.
 */
export const encoders: Encoders = {
  text,
  number,
  integer,
  money,
  boolean: (value) =>
    value === true || value === 'true' ? 'true' : value === false || value === 'false' ? 'false' : null,
  guid: (value) => (typeof value === 'string' && guid.test(value) ? value : null),
  date: (value) => (typeof value === 'string' && date.test(value) ? utc(`${value}T00:00:00Z`) : null),
  datetime: (value) => (typeof value === 'string' && dateTime.test(value) ? utc(value) : null),
  time: (value) =>
    typeof value === 'string' && time.test(value) ? utc(`0001-01-01T${value.replace(/z$/i, '')}Z`) : null,
  collection: (value) => (Array.isArray(value) && value.every(isObject) ? JSON.stringify(value) : null),
  other: (value) => scalarText(value),
};

/** A value whose type nobody knows; `null`: only scalars can be written without one. */
export function scalarText(value: Json): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return decimalText(value);
  return typeof value === 'boolean' ? String(value) : null;
}

/** Is this text a GUID? Guards every id that is put into a filter. */
export function isGuid(value: string): boolean {
  return guid.test(value);
}

function utc(value: string): string | null {
  const at = new Date(value);
  // A day that does not exist would silently become one of the next month.
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate();
  const exists = !Number.isNaN(at.getTime()) && day === Number(value.slice(8, 10)) && !/t24/i.test(value);
  // .NET knows the years 1 to 9999.
  return exists && at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9999 ? at.toISOString() : null;
}

/** A number without an exponent: `1e21` would be no number to Creatio. */
function decimalText(value: number): string {
  const [mantissa = '', exponent] = String(Math.abs(value)).split('e');
  if (exponent === undefined) return String(value);
  const sign = value < 0 ? '-' : '';
  if (Number(exponent) > 0) return BigInt(value).toString();
  return `${sign}0.${'0'.repeat(-Number(exponent) - 1)}${mantissa.replace('.', '')}`;
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
