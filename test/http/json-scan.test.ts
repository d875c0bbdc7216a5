import { MalformedRequest, Unreadable } from '../../src/http/door.errors.js';
import { parseJson } from '../../src/http/json-body.js';
import type { KnownError } from '../../src/lib/known-error.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function refusalOf(body: Uint8Array | string): KnownError {
  try {
    parseJson(typeof body === 'string' ? bytes(body) : body);
  } catch (error) {
    if (error instanceof MalformedRequest || error instanceof Unreadable) return error;
    throw error;
  }
  throw new Error('This body was read');
}

function faultsOf(text: string): string[] {
  return refusalOf(text).faults.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a body that JSON carries safely', () => {
  it.each([
    '{}',
    '[]',
    'null',
    ' {"a" : [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00"], "b": {"a": 1}} ',
    '{"prototype": 1, "toString": 2, "then": 3, "hasOwnProperty": 4, "__defineGetter__": 5}',
    '{"n": 9007199254740991, "m": 9007199254740992, "z": 0.0e-5, "d": 1e308}',
    '{"quote": "\\"", "slashes": "\\\\\\\\", "braces": "{[\\"}"}',
  ])('%s is read as JSON.parse reads it', (text) => {
    expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
  });
});

describe('a body that would be twisted on the way', () => {
  it.each([
    ['{"a": 1, "b": {"c": 1, "c": 2}}', '/b/c duplicate-key'],
    ['{"a": 1, "\\u0061": 2}', '/a duplicate-key'],
    ['{"variables": {"__proto__": {}}}', '/variables/__proto__ forbidden-key'],
    ['{"variables": {"constructor": "x"}}', '/variables/constructor forbidden-key'],
    ['{"a": [{"\\u0063onstructor": null}]}', '/a/0/constructor forbidden-key'],
    ['{"n": [0, 1e400]}', '/n/1 number-too-large'],
    ['{"n": -1e400}', '/n number-too-large'],
    ['{"n": 1e-400}', '/n number-too-large'],
    ['{"n": 9007199254740993}', '/n number-too-large'],
    [`{"n": ${'9'.repeat(5000)}}`, '/n number-too-large'],
    ['{"t": "a\\u0000b"}', '/t null-character'],
    ['{"t": "\\ud800"}', '/t lone-surrogate'],
    ['{"t": "\\udc00\\ud800"}', '/t lone-surrogate'],
    ['{"a/b~c": "\\ud800"}', '/a~1b~0c lone-surrogate'],
    ['{"\\u0000": 1}', '/\0 null-character'],
  ])('%s is refused at %s', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  it('reaches for a prototype by two steps', () => {
    expect(faultsOf('{"constructor": {"prototype": {}}}')).toEqual([
      '/constructor forbidden-key',
      '/constructor/prototype forbidden-key',
    ]);
  });

  it('is told of with all its faults', () => {
    expect(faultsOf('{"a": 1e400, "b": "\\u0000", "a": 1}')).toEqual([
      '/a number-too-large',
      '/b null-character',
      '/a duplicate-key',
    ]);
  });
});

describe('a body that is no JSON in UTF-8', () => {
  it.each(['', '{', '{"a": 01}', "{'a': 1}", '{"a": NaN}', '{"a": 1}x', '{"a": "\n"}', '\uFEFF{}'])(
    '%j is malformed',
    (text) => {
      expect(refusalOf(text).code).toBe('malformed-request');
    },
  );

  it.each([Buffer.from('{}', 'utf16le'), Buffer.from([0xff, 0xfe, 0x7b, 0]), Buffer.from([0x22, 0xe9, 0x22])])(
    '%p is malformed',
    (body) => {
      expect(refusalOf(body).code).toBe('malformed-request');
    },
  );
});

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const keys = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1])));

describe('a body with too much structure', () => {
  it('may be 32 deep and have 1,000 keys, not more', () => {
    expect(parseJson(bytes(nested(32)))).toBeDefined();
    expect(parseJson(bytes(keys(1000)))).toBeDefined();
    expect(refusalOf(nested(33)).code).toBe('payload-too-large');
    expect(refusalOf(keys(1001)).code).toBe('payload-too-large');
  });

  it('is refused without reading it to the end', () => {
    expect(refusalOf('['.repeat(1_000_000)).code).toBe('payload-too-large');
  });
});

it('takes a time that grows with the length, also of text made of escapes', () => {
  const body = bytes(`{"t": "${'\\\\\\"'.repeat(250_000)}"}`);
  const started = performance.now();
  parseJson(body);
  expect(performance.now() - started).toBeLessThan(1000);
});
