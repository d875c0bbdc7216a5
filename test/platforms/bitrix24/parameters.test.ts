import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Json, JsonObject } from '../../../src/lib/json.js';
import { inputSchemaOf, type Definition } from '../../../src/platforms/definition.js';
import { answer, answering } from './answering.js';
import { orderOf, read } from './open-sandbox.js';

/** A template with these PARAMETERS, as the adapter reads it from a portal in the zone +03:00. */
async function templateWith(parameters: JsonObject): Promise<Definition> {
  const row = { ID: '1', NAME: 'T', DOCUMENT_TYPE: ['crm', 'CCrmDocumentLead', 'LEAD'], PARAMETERS: parameters };
  const told = answer(200, { result: [row], time: { date_start: '2026-11-21T10:00:00+03:00' } });
  const template = await answering(told).definition('1', read());
  if (!template) throw new Error('There is no template');
  return template;
}

const portal = answering(answer(200, {}));
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);

/** What becomes of one value of a parameter that is declared so: what is sent, or the faults; and what the schema says. */
async function given(declared: JsonObject, value: Json) {
  const spec = await templateWith({
    p: { Name: 'P', Required: '0', Multiple: '0', Default: '', Options: null, ...declared },
  });
  const order = orderOf('1', { variables: { p: value }, spec, runId: null });
  const faults = portal.prepare(order, spec).faults.map(({ pointer, code }) => `${pointer} ${code}`);
  const { body } = portal.nativeCall(order);
  const isInSchema = ajv.validate(inputSchemaOf(spec), { p: value });
  return { faults, sent: faults.length > 0 ? null : (body?.['PARAMETERS'] ?? null), isInSchema };
}

const many = { Multiple: 'Y' };
const kinds = { Options: { supply: 'Supply', service: 'Service' } };

describe('a value of a parameter', () => {
  it.each<[string, JsonObject, Json, Json]>([
    ['string', {}, 'as it is', 'as it is'],
    ['text', {}, 'a\nb', 'a\nb'],
    ['internalselect', {}, '7', '7'],
    ['int', {}, -3, '-3'],
    ['integer', {}, 3, '3'],
    ['double', {}, 12.5, '12.5'],
    ['double', {}, 3, '3'],
    ['bool', {}, true, 'Y'],
    ['bool', {}, false, 'N'],
    ['date', {}, '2026-02-28', '28.02.2026'],
    ['datetime', {}, '2026-12-31T22:30:00Z', '01.01.2027 01:30:00'],
    ['time', {}, '09:30', '09:30'],
    ['select', kinds, 'supply', 'supply'],
    ['select', { Options: [] }, 'anything', 'anything'],
    ['select', { Options: ['first', 'second'] }, '1', '1'],
    ['user', {}, 'user_14', 'user_14'],
    ['user', {}, 'group_g7', 'group_g7'],
    ['money', {}, { amount: '100.50', currency: 'RUB' }, '100.50|RUB'],
    ['file', {}, 77, '77'],
    ['file', {}, '77', '77'],
    ['E:ECrm', {}, 'D_7', 'D_7'],
    ['E:ECrm', {}, 7, '7'],
    ['string', many, ['a', 'b'], ['a', 'b']],
    ['string', many, [], []],
    ['user', many, ['user_1', 'user_2'], ['user_1', 'user_2']],
    ['int', many, [1, 2], ['1', '2']],
    ['date', many, ['2026-02-28'], ['28.02.2026']],
    ['select', { ...many, ...kinds }, ['service', 'supply'], ['service', 'supply']],
    ['bool', many, [true, false], ['Y', 'N']],
  ])('of type %s %j is taken, and by its schema: %j is sent as %j', async (Type, more, value, sent) => {
    expect(await given({ Type, ...more }, value)).toEqual({ faults: [], sent: { p: sent }, isInSchema: true });
  });

  it.each<[string, JsonObject, Json]>([
    ['string', {}, 5],
    ['string', {}, ['a']],
    ['string', many, ['a', 5]],
    ['string', many, [['a']]],
    ['text', {}, true],
    ['int', {}, 1.5],
    ['int', {}, '3'],
    ['double', {}, '12.5'],
    ['bool', {}, 'Y'],
    ['bool', {}, 1],
    ['date', {}, '28.02.2026'],
    ['date', {}, '2026-02-30'],
    ['date', {}, '2026-02-28T00:00:00Z'],
    ['datetime', {}, '2026-02-28'],
    ['datetime', {}, '2026-02-28T10:00:00'],
    ['datetime', {}, '2026-02-30T10:00:00Z'],
    ['time', {}, '25:00'],
    ['time', {}, '10:00:00Z'],
    ['select', kinds, 'Supply'],
    ['select', { ...many, ...kinds }, ['supply', 'Supply']],
    ['user', {}, '14'],
    ['user', {}, 14],
    ['user', {}, 'Ivan Petrov [14]'],
    ['money', {}, '100.50|RUB'],
    ['money', {}, { amount: 100.5, currency: 'RUB' }],
    ['money', {}, { amount: '100.50', currency: 'rub' }],
    ['money', {}, { amount: '100.50', currency: 'RUB', more: '1' }],
    ['file', {}, { fileContent: 'JVBERi0=' }],
  ])('of type %s %j is refused, and by its schema: %j', async (Type, more, value) => {
    expect(await given({ Type, ...more }, value)).toEqual({
      faults: ['/variables/p wrong-value'],
      sent: null,
      isInSchema: false,
    });
  });

  it('is left out where it is null', async () => {
    expect(await given({ Type: 'string' }, null)).toMatchObject({ faults: [], sent: {} });
  });

  it('may stand alone for a list of one', async () => {
    expect(await given({ Type: 'user', ...many }, 'user_1')).toMatchObject({ faults: [], sent: { p: ['user_1'] } });
  });
});

describe('a parameter that is required', () => {
  it.each<[string, JsonObject, boolean]>([
    ['without a default', {}, true],
    ['with one', { Default: 'there' }, false],
    ['with an expression as default', { Default: '{=Document:ASSIGNED_BY_ID}' }, false],
    ['with an empty default', { Default: '' }, true],
    ['with an empty list as default', { Default: [], Multiple: '1' }, true],
    ['and that is a list', { Multiple: 'Y' }, true],
  ])('%s %j has to be sent: %s', async (_, more, isRequired) => {
    for (const yes of [true, 1, '1', 'Y']) {
      const spec = await templateWith({ p: { Name: 'P', Type: 'string', Required: yes, ...more } });
      const faults = (variables: JsonObject) =>
        portal.prepare(orderOf('1', { variables, spec }), spec).faults.map(({ code }) => code);

      expect(inputSchemaOf(spec)['required']).toEqual(isRequired ? ['p'] : []);
      expect(faults({})).toEqual(isRequired ? ['required'] : []);
      expect(faults({ p: null })).toEqual(isRequired ? ['required'] : []);
    }
  });

  it('is not there with an empty list', async () => {
    expect(await given({ Type: 'string', Multiple: 'Y', Required: 'Y' }, [])).toEqual({
      faults: ['/variables/p required'],
      sent: null,
      isInSchema: false,
    });
  });

  it('may be called as what every object has', async () => {
    const spec = await templateWith({ constructor: { Name: 'C', Type: 'string', Required: 'Y' } });

    expect(portal.prepare(orderOf('1', { variables: {}, spec }), spec).faults).toMatchObject([
      { pointer: '/variables/constructor', code: 'required' },
    ]);
  });
});

describe('a default', () => {
  it.each<[string, Json, JsonObject, Json]>([
    ['string', 'there', {}, 'there'],
    ['int', '5', {}, 5],
    ['int', 5, {}, 5],
    ['double', '12.5', {}, 12.5],
    ['bool', 'Y', {}, true],
    ['bool', '0', {}, false],
    ['bool', true, {}, true],
    ['select', 'supply', kinds, 'supply'],
    ['user', 'user_1', {}, 'user_1'],
    ['money', '100.50|RUB', {}, { amount: '100.50', currency: 'RUB' }],
    ['time', '09:30', {}, '09:30'],
    ['date', '2026-02-28', {}, '2026-02-28'],
    ['string', ['a', 'b'], many, ['a', 'b']],
    ['user', { 3: 'user_1', 7: 'user_2' }, many, ['user_1', 'user_2']],
    ['int', '5', many, [5]],
  ])('of type %s is shown as a caller would send it, and fits: %j %j as %j', async (Type, Default, more, shown) => {
    const spec = await templateWith({ p: { Name: 'P', Type, Default, ...more } });
    const schema = inputSchemaOf(spec);

    expect(schema).toMatchObject({ properties: { p: { default: shown } } });
    expect(ajv.validate(schema, { p: shown })).toBe(true);
    expect((await given({ Type, Default, ...more }, shown)).faults).toEqual([]);
  });

  it.each<[string, Json, JsonObject]>([
    ['string', '', {}],
    ['string', '{=Document:TITLE}', {}],
    ['string', '{{Title}}', {}],
    ['string', ['a', '{=Document:TITLE}'], many],
    ['string', ['a'], {}],
    ['int', 'five', {}],
    ['bool', 'perhaps', {}],
    ['select', 'gone', kinds],
    ['user', 'Ivan Petrov [14]', {}],
    ['user', 'author', {}],
    ['date', '01.02.2026', {}],
    ['date', '02/01/2026', {}],
    ['datetime', '01.02.2026 10:00:00', {}],
    ['money', '100.50', {}],
    ['file', '77', {}],
    ['E:ECrm', 'D_7', {}],
  ])('of type %s is not shown where it is not sure what it means: %j %j', async (Type, Default, more) => {
    const { properties } = inputSchemaOf(await templateWith({ p: { Name: 'P', Type, Default, ...more } }));

    expect(properties).toMatchObject({ p: { title: 'P' } });
    expect(JSON.stringify(properties)).not.toContain('"default"');
  });
});

describe('the input of a template', () => {
  it('is told in JSON Schema, closed, with the words of the portal', async () => {
    const Description = 'What it is about';
    const spec = await templateWith({
      Title: { Name: 'Title of it', Description, Type: 'string', Required: 'Y' },
      Kinds: { Name: '', Type: 'select', Multiple: 'Y', ...kinds },
    });

    expect(inputSchemaOf(spec)).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      properties: {
        Title: { title: 'Title of it', description: Description, 'x-native-type': 'string', type: 'string' },
        Kinds: {
          title: 'Kinds',
          'x-native-type': 'select',
          type: 'array',
          items: { type: 'string', enum: ['supply', 'service'] },
        },
      },
      required: ['Title'],
    });
  });

  it('leaves out what callers may not send, though the template declares it', async () => {
    const declared = { Name: 'X', Type: 'string', Required: 'Y' };
    const spec = await templateWith({
      TargetUser: declared,
      PreGeneratedWorkflowId: declared,
      gatewayProcessId: declared,
    });
    const { faults } = portal.prepare(orderOf('1', { variables: {}, spec }), spec);

    expect(inputSchemaOf(spec)).toMatchObject({ properties: {}, required: [] });
    expect(faults).toEqual([]);
  });

  it.each([
    'TargetUser',
    'ModifiedDocumentField',
    'UseForcedTracking',
    'IgnoreSimultaneousProcessesLimit',
    'DocumentEventType',
    '__DocumentType',
    'PreGeneratedWorkflowId',
    'UsedDocumentField',
    'TriggerEvent',
    'TriggerEventData',
    'StartWorkflowDelay',
    'gatewayProcessId',
  ])('takes no %s, with a definition or without', async (name) => {
    for (const spec of [await templateWith({ [name]: { Name: 'X', Type: 'string' } }), null]) {
      const { faults } = portal.prepare(orderOf('1', { variables: { [name]: 'x' }, spec }), spec);
      expect(faults).toMatchObject([{ pointer: `/variables/${name}`, code: 'reserved' }]);
    }
  });

  it('loses no variable, whatever it is called, where the definition could not be read', () => {
    const variables: JsonObject = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    const { body } = portal.nativeCall(orderOf('1', { variables, spec: null, runId: null }));

    expect(Object.entries(body?.['PARAMETERS'] ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});
