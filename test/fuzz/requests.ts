import { array, constant, constantFrom, integer, oneof, option, record, tuple, type Arbitrary } from 'fast-check';
import { jsonOf, spoilt } from './bodies.js';
import { schemaOf, type ContractDocument, type Operation, type Parameter } from './document.js';
import { encoded, strangeHeaders, strangePart } from './strange.js';

/** One request as it is sent, but for what `{…}` in its texts stands for: ids that earlier answers have told. */
export interface FuzzedRequest {
  /** The operation that it is made of. */
  readonly operation: Operation;
  readonly method: string;
  /** The raw target, its query with it. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
  /** Chooses among known ids. */
  readonly pick: number;
}

const otherMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'POST', 'DELETE', 'PROPFIND'];

/** Requests for one operation of the contract: bodies, parameters and headers as it describes them, and spoilt. */
export function requestsOf(document: ContractDocument, operation: Operation): Arbitrary<FuzzedRequest> {
  const inPath = operation.parameters.filter((one) => one.in === 'path');
  const types = Object.keys(operation.bodies);
  const headers = array(strangeHeaders, { maxLength: 2 });
  return record({
    method: oneof({ weight: 12, arbitrary: constant(operation.method) }, constantFrom(...otherMethods)),
    path: pathOf(operation.path, inPath),
    query: queryOf(document, operation.parameters),
    strange: oneof({ weight: 3, arbitrary: constant<[string, string][]>([]) }, headers),
    known: headersOf(operation),
    type: types.length > 0 ? constantFrom(...types) : constantFrom('application/json', null),
    body: types.length > 0 ? bodyOf(document, operation) : rarely(constant(Buffer.from('{}'))),
    pick: integer({ min: 0, max: 1_000_000 }),
  }).map(({ method, path, query, strange, known, type, body, pick }) => ({
    operation,
    method,
    target: path + query,
    headers: [...known, ...(type !== null && body !== null ? ([['content-type', type]] as const) : []), ...strange],
    body: method === 'TRACE' ? null : body,
    pick,
  }));
}

/** One in twenty. */
function rarely<T>(arbitrary: Arbitrary<T>): Arbitrary<T | null> {
  return oneof({ weight: 19, arbitrary: constant(null) }, { weight: 1, arbitrary });
}

function pathOf(path: string, parameters: readonly Parameter[]): Arbitrary<string> {
  const parts = parameters.map(({ name }) => {
    // What changes a connection changes another than the ones that everything else is tried on.
    const known = constant(name === 'key' || name === 'connection' ? '{connection}' : `{${name}}`);
    return oneof({ weight: 5, arbitrary: known }, strangePart).map((value) => [name, value] as const);
  });
  const filled = tuple(...parts).map((values) =>
    values.reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), path),
  );
  const odd = constantFrom<(text: string) => string>(
    (text) => `${text}/`,
    (text) => text.replace('/v1', '//v1'),
    (text) => `${text}/more`,
    (text) => text.toUpperCase(),
    (text) => `${text}%00`,
    (text) => `${text}/../..`,
    (text) => `${text};a=b`,
    (text) => `http://127.0.0.1${text}`,
  );
  return tuple(filled, rarely(odd)).map(([text, change]) => change?.(text) ?? text);
}

function queryOf(document: ContractDocument, parameters: readonly Parameter[]): Arbitrary<string> {
  const known = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, schema = {} }) => {
      const plain = jsonOf(document, schemaOf(document, schema)).map((text) => encoded(plainIn(text)));
      const value = oneof({ weight: 3, arbitrary: plain }, strangePart, constantFrom('{cursor}', '{id}', '{native}'));
      return value.map((one) => `${name}=${one}`);
    });
  const odd = constantFrom(
    'a=b',
    'state[]=a',
    'state[x]=a',
    '__proto__=x',
    '=',
    '&&',
    'limit',
    '%zz=1',
    'a=%zz',
    '?',
    'x=%00',
  );
  const some = known.length > 0 ? oneof({ weight: 5, arbitrary: oneof(...known) }, odd) : odd;
  const most = known.length > 0 ? 4 : 1;
  const pairs = oneof({ weight: 2, arbitrary: constant<string[]>([]) }, array(some, { maxLength: most }));
  return pairs.map((list) => (list.length === 0 ? '' : `?${list.join('&')}`));
}

/** What a JSON text says, in a query. */
function plainIn(json: string): string {
  return json.replaceAll(/^\[?"?|"?\]?$/g, '');
}

function headersOf({ method, parameters }: Operation): Arbitrary<(readonly [string, string])[]> {
  const key = constantFrom('{id}', 'one', 'two', '"three"', 'x'.repeat(255));
  const named = parameters.filter((one) => one.in === 'header').map(({ name }) => name.toLowerCase());
  const usual: Readonly<Record<string, Arbitrary<string>>> = {
    prefer: constantFrom('respond-async', 'wait=0', 'wait=1', 'respond-async, wait=1'),
    'idempotency-key': key,
    'if-match': constantFrom('{etag}', '*', '"1"', '"2"'),
  };
  const given = named.map((name) => option(tuple(constant(name), usual[name] ?? constant('x')), { freq: 2 }));
  // Held ten seconds each without it, commands that cannot be carried out would make a run as long as a day.
  const held = method === 'GET' ? [] : ([['prefer', 'respond-async']] as const);
  return tuple(...given).map((list) => [...held, ...list.filter((pair) => pair !== null)]);
}

function bodyOf(document: ContractDocument, { bodies }: Operation): Arbitrary<Buffer | null> {
  const texts = Object.entries(bodies).flatMap(([type, { schema = {}, examples = {} }]) => {
    const shown = Object.values(examples).map(({ value }) => JSON.stringify(value).replaceAll('"sandbox-', '"'));
    const described = jsonOf(document, schema);
    const either = shown.length > 0 ? oneof(described, constantFrom(...shown)) : described;
    return [type.includes('form') ? oneof(either, either.map(formOf)) : either];
  });
  return option(spoilt(oneof(...texts)), { freq: 20 });
}

function formOf(json: string): string {
  const fields: unknown = JSON.parse(json);
  const pairs = Object.entries(Object(fields)).map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`);
  return pairs.join('&');
}
