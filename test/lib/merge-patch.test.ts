import { mergePatch } from '../../src/lib/merge-patch.js';

// The table of RFC 7396, appendix A, as far as it is about objects.
it.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched with %j is %j', (target, patch, patched) => {
  expect(mergePatch(target, patch)).toEqual(patched);
});

it('makes a field named __proto__ a field and nothing else', () => {
  const patched = mergePatch({}, { ['__proto__']: { polluted: true } });
  expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
});
