import {
  array,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  record,
  subarray,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { schemaOf, type ContractDocument, type Schema } from './document.js';
import { strangeJson } from './strange.js';

/** What a field of this name mostly holds, so that a good part of the bodies gets beyond the door; as JSON texts. */
const likely: Readonly<Record<string, readonly string[]>> = {
  connection: ['"bitrix24"', '"creatio"', '"signing"', '"victim-1"', '"nothing"'],
  definition: ['"1"', '"3"', '20', '"UsrApproval"', '"UsrWaiting"', '"sign.b2e.document"', '"UsrNothing"', '"0"'],
  subject: [
    '{"type":"crm.lead","id":"1"}',
    '{"type":"crm.deal","id":7}',
    '{"native":["crm","CCrmDocumentLead","LEAD_1"]}',
  ],
  variables: ['{}', '{"Parameter1":"user_1"}', '{"Note":"a"}', '{"Document":"a"}', '{"Nothing":1}'],
  platform: ['"bitrix24"', '"creatio"', '"x"'],
  baseUrl: [
    '"https://93.184.216.34"',
    '"https://portal.invalid"',
    '"http://127.0.0.1:1"',
    '"https://x.bitrix24.ru/a?b"',
  ],
  auth: [
    '{"type":"webhook","userId":1,"secret":"canary1212345678"}',
    '{"type":"forms","username":"a","password":"b"}',
    '{"type":"oauth","clientId":"a","clientSecret":"b"}',
    '{"type":"oauth","clientId":"a","clientSecret":"b","tokenUrl":"https://x.invalid/t"}',
  ],
  key: ['"victim-2"', '"victim-3"', '"Victim"', '"bitrix24"'],
  scopes: ['["processes:read"]', '["admin"]', '["nothing"]', '[]', '["processes:read","processes:read"]'],
  expiresAt: ['"2099-01-01T00:00:00Z"', '"2020-01-01T00:00:00Z"', 'null'],
  startBefore: ['"2099-01-01T00:00:00Z"', '"2020-01-01T00:00:00Z"'],
  processId: ['"{id}"'],
  nativeId: ['"{native}"', '"x"', '"0"'],
  confirm: ['"{id}"'],
  outcome: ['"completed"', '"failed"', '"started"'],
};

/** A body of a schema as JSON text; most of them fit. `{id}` and such in it are filled in when it is sent. */
export function jsonOf(document: ContractDocument, given: Schema, depth = 0): Arbitrary<string> {
  const schema = schemaOf(document, given);
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices && depth < 6) return oneof(...choices.map((choice) => jsonOf(document, choice, depth + 1)));
  if (schema.enum) return constantFrom(...schema.enum.map((value) => JSON.stringify(value)));
  if (schema.const !== undefined) return constant(JSON.stringify(schema.const));
  if (schema.properties && depth < 6) return objectOf(document, schema, depth);
  return plainOf(document, schema, depth);
}

function plainOf(document: ContractDocument, schema: Schema, depth: number): Arbitrary<string> {
  const [type] = [schema.type ?? 'object'].flat();
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return boolean().map(String);
    case 'array':
      return array(jsonOf(document, schema.items ?? {}, depth + 1), { maxLength: 4 }).map(
        (items) => `[${items.join()}]`,
      );
    case 'null':
      return constant('null');
    default:
      return constantFrom('{}', '{"a":"b"}', '{"a":{"b":[1,null,"c"]}}', ...(likely['auth'] ?? []));
  }
}

function textOf({ format, minLength = 0, maxLength = 300 }: Schema): Arbitrary<string> {
  if (format === 'date-time') return constantFrom('"2026-11-21T09:30:00Z"', '"2099-12-31T23:59:59.999+03:00"');
  if (format === 'uuid') return constantFrom('"{id}"', '"00000000-0000-7000-8000-000000000001"');
  const most = Math.min(maxLength, 4000);
  const short = string({ minLength: Math.min(minLength, most), maxLength: Math.min(most, 30), unit: 'grapheme' });
  const ends = constantFrom(minLength, Math.max(0, minLength - 1), most, most + 1).map((length) => 'x'.repeat(length));
  return oneof({ weight: 4, arbitrary: short }, { weight: 1, arbitrary: ends }).map((text) => JSON.stringify(text));
}

function numberOf({ type, minimum = -1000, maximum = 100_000 }: Schema): Arbitrary<string> {
  const ends = constantFrom(minimum, minimum - 1, maximum, maximum + 1);
  const inside = integer({
    min: Math.ceil(minimum),
    max: Math.max(Math.ceil(minimum), Math.min(maximum, 2 ** 31 - 1)),
  });
  const broken = type === 'integer' ? constant(0.5) : double({ noNaN: true, noDefaultInfinity: true });
  return oneof({ weight: 4, arbitrary: inside }, ends, broken).map((value) => JSON.stringify(value));
}

function objectOf(document: ContractDocument, schema: Schema, depth: number): Arbitrary<string> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const usual = likely[name];
    const value = usual
      ? oneof({ weight: 3, arbitrary: constantFrom(...usual) }, jsonOf(document, field, depth + 1))
      : jsonOf(document, field, depth + 1);
    return [name, value] as const;
  });
  const required = fields.map(([name]) => name).filter((name) => schema.required?.includes(name));
  // Some of them, so that not every body has a fault somewhere.
  const others = fields.map(([name]) => name).filter((name) => !required.includes(name));
  const chosen = subarray(others, { maxLength: Math.min(4, others.length) });
  return tuple(record(Object.fromEntries(fields)), chosen).map(([values, names]) =>
    membersIn(Object.entries(values).filter(([name]) => required.includes(name) || names.includes(name))),
  );
}

function membersIn(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
}

const strangeBytes = constantFrom<(text: string) => Buffer>(
  (text) => Buffer.from(`\uFEFF${text}`),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(`${text}\xe9`, 'latin1'),
  (text) => Buffer.from(text.slice(0, -1)),
  (text) => Buffer.from(`${text}${text}`),
  (text) => Buffer.from(`${text}\u0000`),
  (text) => Buffer.from(`[${text}]`),
  () => Buffer.alloc(0),
  (text) => Buffer.from(` \n\t${text}\r\n`),
  () => Buffer.from('['.repeat(50_000)),
  () => Buffer.from(`{"a":"${'x'.repeat(1_100_000)}"}`),
  () => Buffer.from(`{${Array.from({ length: 1001 }, (_, at) => `"k${at}":0`).join()}}`),
);

/** The same body with up to three things wrong in it; some are whole. */
export function spoilt(body: Arbitrary<string>): Arbitrary<Buffer> {
  const whole = body.map((text) => Buffer.from(text));
  const member = tuple(body, array(tuple(integer({ min: 0, max: 1000 }), strangeJson), { minLength: 1, maxLength: 3 }));
  const wrongValues = member.map(([text, wrong]) =>
    Buffer.from(wrong.reduce((spoiling, [at, value]) => withValueAt(spoiling, at, value), text)),
  );
  const added = tuple(
    body,
    strangeJson,
    constantFrom('unknown', '__proto__', 'constructor', 'connection', 'variables'),
  );
  const more = added.map(([text, value, name]) =>
    Buffer.from(text.replace(/\}$/, () => `${text === '{}' ? '' : ','}"${name}":${value}}`)),
  );
  const bytes = tuple(body, strangeBytes).map(([text, change]) => change(text));
  const bare = strangeJson.map((text) => Buffer.from(text));
  return oneof(
    { weight: 12, arbitrary: whole },
    { weight: 6, arbitrary: wrongValues },
    { weight: 2, arbitrary: more },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: bare },
  );
}

/** Puts a value in the place of one that stands there: of a member or an item, whichever comes at that count. */
function withValueAt(text: string, at: number, value: string): string {
  const places = [...text.matchAll(/(?<=[:[,])(?:"(?:[^"\\]|\\.)*"(?!:)|-?\d[\d.eE+-]*|true|false|null)/g)];
  const place = places[at % Math.max(1, places.length)];
  if (!place) return value;
  return text.slice(0, place.index) + value + text.slice(place.index + place[0].length);
}
