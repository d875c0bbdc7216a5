import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../src/lib/json.js';
import { outputValue, stringElement } from '../../../src/platforms/creatio/execute.js';
import { encoders, scalarText } from '../../../src/platforms/creatio/encoders.js';
import type { Parameter, ParameterType } from '../../../src/platforms/definition.js';

function written(type: ParameterType, value: Json): string | null {
  const parameter: Parameter = {
    name: 'P',
    title: 'P',
    description: null,
    type,
    nativeType: type,
    required: false,
    multiple: false,
    options: null,
  };
  return encoders[type]?.(value, parameter) ?? null;
}

function wrapped(text: string): string {
  return `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${text}</string>`;
}

describe('a value of a type', () => {
  it.each<[ParameterType, Json, string]>([
    ['text', 'as it <is>', 'as it <is>'],
    ['text', '', ''],
    ['integer', 12, '12'],
    ['integer', '-7', '-7'],
    ['number', 10.11, '10.11'],
    ['number', 1e21, '1000000000000000000000'],
    ['number', -1.5e-7, '-0.00000015'],
    ['number', '0.10', '0.10'],
    ['money', { amount: '100.50', currency: 'RUB' }, '100.50'],
    ['money', 100.5, '100.5'],
    ['boolean', true, 'true'],
    ['boolean', 'false', 'false'],
    ['guid', 'd44b9da2-53e6-df11-971b-001d60e938c6', 'd44b9da2-53e6-df11-971b-001d60e938c6'],
    ['date', '2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['datetime', '2026-02-28T23:30:00+03:00', '2026-02-28T20:30:00.000Z'],
    ['time', '10:30', '0001-01-01T10:30:00.000Z'],
    ['collection', [{ Key: 'K1', Value: 10.11 }], '[{"Key":"K1","Value":10.11}]'],
    ['collection', [], '[]'],
    ['other', 5, '5'],
  ])('%s: %j is sent as %s', (type, value, text) => {
    expect(written(type, value)).toBe(text);
  });

  it.each<[ParameterType, Json]>([
    ['text', 5],
    ['text', ['a']],
    ['integer', 1.5],
    ['integer', 2 ** 31],
    ['number', '10,11'],
    ['number', '1e3'],
    ['money', { amount: 'much', currency: 'RUB' }],
    ['boolean', 'Y'],
    ['boolean', 1],
    ['guid', 'Supervisor'],
    ['date', '2026-02-30'],
    ['date', '28.02.2026'],
    ['datetime', '2026-02-28T10:00:00'],
    ['datetime', '2026-13-01T10:00:00Z'],
    ['datetime', '2026-01-01T24:00:00Z'],
    ['datetime', '9999-12-31T23:59:59-01:00'],
    ['datetime', '0001-01-01T00:00:00+01:00'],
    ['date', '0000-01-01'],
    ['time', '25:00'],
    ['collection', ['a']],
    ['collection', { Key: 'K1' }],
    ['other', { a: 1 }],
    ['user', 'user_14'],
  ])('%s does not take %j', (type, value) => {
    expect(written(type, value)).toBeNull();
  });

  it.each<[Json, string | null]>([
    ['text', 'text'],
    [1.5, '1.5'],
    [false, 'false'],
    [{ a: 1 }, null],
  ])('goes by its JSON where the type is unknown: %j', (value, text) => {
    expect(scalarText(value)).toBe(text);
  });
});

describe('the answer of Execute', () => {
  it.each<[string, string | null]>([
    [wrapped('42'), '42'],
    [wrapped('"a &lt;b&gt; &amp;amp; &quot;c&quot;&#xD;"'), '"a <b> &amp; "c"\r"'],
    [wrapped(''), ''],
    ['<?xml version="1.0"?><string xmlns="https://schemas.microsoft.com/2003/10/Serialization/"> x </string>', ' x '],
    ['<string i:nil="true" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"/>', ''],
    [wrapped('42').slice(0, -3), null],
    ['<strings>42</strings>', null],
    ['<string><b>42</b></string>', null],
    ['', null],
    ['42', null],
  ])('%s holds %j', (body, text) => {
    expect(stringElement(body)).toBe(text);
  });

  it.each<[string, ParameterType | null, Json]>([
    ['42', 'integer', 42],
    ['true', 'boolean', true],
    ['null', 'text', null],
    ['', 'text', null],
    ['"plain"', 'text', 'plain'],
    ['"[{\\"Id\\":1}]"', 'text', '[{"Id":1}]'],
    ['"[{\\"Id\\":1}]"', 'collection', [{ Id: 1 }]],
    ['[{"Id":1}]', 'collection', [{ Id: 1 }]],
    ['"\\/Date(1767225600000)\\/"', 'datetime', '2026-01-01T00:00:00.000Z'],
    ['"\\/Date(99999999999999999)\\/"', 'datetime', '/Date(99999999999999999)/'],
    ['"2026-01-01T00:00:00"', 'datetime', '2026-01-01T00:00:00'],
    ['no json', null, 'no json'],
  ])('%s as %s is %j', (text, type, value) => {
    expect(outputValue(text, type)).toEqual(value);
  });
});
