import { assert, property, string } from 'fast-check';
import { IdempotencyKeyUnusable, PreconditionUnmet } from '../../src/http/door.errors.js';
import { etagOf, requireMatch } from '../../src/http/etag.js';
import { Fingerprints } from '../../src/http/fingerprints.js';
import { idempotencyKeyOf } from '../../src/http/idempotency-key.js';
import { preferenceOf } from '../../src/http/prefer.js';
import { traceOf } from '../../src/http/trace.js';

describe('Prefer', () => {
  it.each([
    ['', { respondAsync: false, waitSeconds: 10, applied: null }],
    ['respond-async', { respondAsync: true, waitSeconds: 0, applied: 'respond-async' }],
    ['wait=3', { respondAsync: false, waitSeconds: 3, applied: 'wait=3' }],
    ['wait=900', { respondAsync: false, waitSeconds: 55, applied: 'wait=55' }],
    ['respond-async, wait=5', { respondAsync: true, waitSeconds: 5, applied: 'respond-async, wait=5' }],
    ['Wait="7"; foo=1, wait=9', { respondAsync: false, waitSeconds: 7, applied: 'wait=7' }],
    ['wait=soon, handling=lenient', { respondAsync: false, waitSeconds: 10, applied: null }],
    ['wait=-1', { respondAsync: false, waitSeconds: 10, applied: null }],
  ])('%s is understood', (header, preference) => {
    expect(preferenceOf(header, 10)).toEqual(preference);
  });
});

describe('Idempotency-Key', () => {
  it('is the same quoted and bare', () => {
    expect(idempotencyKeyOf('"abc-1"', true)).toBe('abc-1');
    expect(idempotencyKeyOf('abc-1', true)).toBe('abc-1');
  });

  it('may be missing where the client needs none', () => {
    expect(idempotencyKeyOf(undefined, false)).toBeNull();
    expect(() => idempotencyKeyOf(undefined, true)).toThrow(
      expect.objectContaining({ code: 'idempotency-key-missing' }),
    );
  });

  it.each(['', '""', 'a b', 'a, b', 'é', '"open', 'x'.repeat(256), `"${'x'.repeat(256)}"`, ['a', 'b']])(
    '%j is none',
    (header) => {
      expect(() => idempotencyKeyOf(header, false)).toThrow(IdempotencyKeyUnusable);
    },
  );
});

describe('the fingerprint of a request', () => {
  const fingerprints = new Fingerprints(Buffer.alloc(32, 7));

  it('cannot be made by whoever knows the body alone', () => {
    const other = new Fingerprints(Buffer.alloc(32, 8));
    expect(other.of('POST', '/a', {})).not.toEqual(fingerprints.of('POST', '/a', {}));
  });

  it('does not see the order of keys and the writing of numbers', () => {
    const one = fingerprints.of('POST', '/v1/processes', { b: 1, a: { d: 1.0, c: [] } });
    expect(fingerprints.of('POST', '/v1/processes', JSON.parse('{"a":{"c":[],"d":1e0},"b":1}'))).toEqual(one);
  });

  it('sees method, route and every value', () => {
    const prints = [
      fingerprints.of('POST', '/a', {}),
      fingerprints.of('PUT', '/a', {}),
      fingerprints.of('POST', '/b', {}),
      fingerprints.of('POST', '/a', { x: 1 }),
      fingerprints.of('POST', '/a', { x: '1' }),
      fingerprints.of('POST', '/a', undefined),
    ];
    expect(new Set(prints.map((print) => print.toString('hex'))).size).toBe(prints.length);
  });
});

describe('If-Match', () => {
  it('lets through who has seen the present version', () => {
    expect(etagOf(3)).toBe('"3"');
    for (const header of ['"3"', '"1", "3"', '*']) expect(() => requireMatch(header, 3)).not.toThrow();
  });

  it('is asked for, and compared strongly', () => {
    expect(() => requireMatch(undefined, 3)).toThrow(expect.objectContaining({ code: 'precondition-required' }));
    for (const header of ['"2"', 'W/"3"', '3', '']) expect(() => requireMatch(header, 3)).toThrow(PreconditionUnmet);
  });
});

describe('traceparent', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736';

  it.each([`00-${id}-00f067aa0ba902b7-01`, `cc-${id}-00f067aa0ba902b7-01-more`])('%s is continued', (header) => {
    const trace = traceOf(header);
    expect(trace.traceId).toBe(id);
    expect(trace.traceparent).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-01$`));
    expect(trace.traceparent).not.toContain('00f067aa0ba902b7');
  });

  it.each([
    undefined,
    `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `ff-${id}-00f067aa0ba902b7-01`,
    `00-${id}-00f067aa0ba902b7-01-more`,
    `00-${id}-00f067aa0ba902b7`,
    ` 00-${id}-00f067aa0ba902b7-01`,
  ])('%s begins a new trace', (header) => {
    const { traceId } = traceOf(header);
    expect(traceId).not.toBe(id);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('never puts anything of a strange header into ours', () => {
    assert(
      property(string(), (header) => {
        expect(traceOf(header).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      }),
    );
  });
});
