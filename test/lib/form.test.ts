import { describe, expect, it } from '@jest/globals';
import { FormUnreadable, nested, textIn } from '../../src/lib/form.js';

const limits = { depth: 3, fields: 4 };

function fieldsOf(query: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) fields.set(name, [...(fields.get(name) ?? []), value]);
  return fields;
}

const read = (query: string): unknown => JSON.parse(JSON.stringify(nested(fieldsOf(query), limits)));

describe('a form with brackets in its names', () => {
  it.each([
    ['a=1&b=', { a: '1', b: '' }],
    ['a[b][c]=1&a[d]=2', { a: { b: { c: '1' }, d: '2' } }],
    ['a[0]=x&a[1]=y', { a: { 0: 'x', 1: 'y' } }],
    ['a[]=x&a[]=y', { a: { 0: 'x', 1: 'y' } }],
    ['', {}],
  ])('is nested by them: %s', (query, form) => {
    expect(read(query)).toEqual(form);
  });

  it.each([
    ['a=1&a=2', 'malformed'],
    ['a=1&a[b]=2', 'malformed'],
    ['a[b]=1&a=2', 'malformed'],
    ['a[b=1', 'malformed'],
    ['a]b=1', 'malformed'],
    ['[a]=1', 'malformed'],
    ['a[b]c=1', 'malformed'],
    ['a[[b]]=1', 'malformed'],
    ['a[__proto__][b]=1', 'malformed'],
    ['constructor=1', 'malformed'],
    ['a[prototype]=1', 'malformed'],
    ['a=%00', 'malformed'],
    ['a[b][c][d]=1', 'over'],
    ['a=1&b=1&c=1&d=1&e=1', 'over'],
  ])('is refused rather than guessed: %s', (query, because) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ name: 'FormUnreadable', because }));
    expect(FormUnreadable.name).toBe('FormUnreadable');
  });

  it('inherits nothing that a name from outside could find', () => {
    const form = nested(fieldsOf('a[b]=1'), limits);

    expect(textIn(form, 'toString')).toBeNull();
    expect(textIn(form, 'a', 'hasOwnProperty')).toBeNull();
    expect([textIn(form, 'a', 'b'), textIn(form, 'a'), textIn(form, 'a', 'b', 'c')]).toEqual(['1', null, null]);
  });
});
