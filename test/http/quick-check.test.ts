import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import { BulkStartBody } from '../../src/http/bulk.dto.js';
import { ConnectionCreate } from '../../src/http/connections.dto.js';
import { CompleteElementBody, KillBody, TerminateBody } from '../../src/http/process-commands.dto.js';
import { quickCheckOf } from '../../src/http/quick-check.js';
import { StartBody } from '../../src/http/start.dto.js';

const long = 'x'.repeat(300);

/** Values that keep a rule, break it, or are of another type. */
const values: readonly unknown[] = [
  undefined,
  null,
  '',
  'a',
  'sales',
  'reject',
  'block',
  'ключ',
  'with space',
  long,
  '2026-11-22T05:00:00Z',
  '2026-02-30T05:00:00Z',
  '0198c0de-0000-7000-8000-000000000000',
  0,
  1,
  1.5,
  -1,
  31_536_001,
  true,
  {},
  { type: 'crm.lead', id: '1' },
  { a: long },
  [],
  ['a', 'b'],
  ['a', 1],
  [''],
  [long],
  Array.from({ length: 101 }, () => 'a'),
  [['a']],
];

const start = { connection: 'sales', definition: '1' };

const classes: readonly (readonly [new () => object, object])[] = [
  [BulkStartBody, { ...start, idempotencyKey: 'k-1' }],
  [StartBody, start],
  [TerminateBody, {}],
  [KillBody, { confirm: '0198c0de-0000-7000-8000-000000000000' }],
  [CompleteElementBody, {}],
];

describe('The quick check of a body', () => {
  it.each(classes)('says of %p what the validator says', async (type, good) => {
    const check = quickCheckOf(type);
    const verdicts = new Set<boolean>();
    for (const field of [...fieldsOf(type), 'stranger']) {
      for (const value of values) {
        const body = { ...good, [field]: value };
        const isGood = (await faultsOf(type, body)).length === 0;
        verdicts.add(isGood);
        expect({ body, isGood: check(body) }).toEqual({ body, isGood });
      }
    }
    expect(verdicts).toEqual(new Set([true, false]));
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('does not take %s for a field', (name) => {
    expect(quickCheckOf(StartBody)(start)).toBe(true);
    expect(quickCheckOf(StartBody)(JSON.parse(`{"connection":"sales","definition":"1","${name}":{}}`))).toBe(false);
  });

  it('says nothing of a class with others inside', () => {
    const body = { key: 'sales', platform: 'bitrix24', baseUrl: 'https://portal.example', auth: {} };
    expect(quickCheckOf(ConnectionCreate)(body)).toBe(false);
  });
});

function fieldsOf(type: new () => object): ReadonlySet<string> {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return new Set(metadatas.map(({ propertyName }) => propertyName));
}

function faultsOf(type: new () => object, body: object): Promise<readonly ValidationError[]> {
  const rules = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false };
  return validate(Object.assign(new type(), body), rules);
}
