import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/lib/json.js';
import { inputSchemaOf, type Definition } from '../../../src/platforms/definition.js';
import { encodersIn, scalarText, utcOffsetMinutesOf } from '../../../src/platforms/bitrix24/encoders.js';
import { readSubject, subjectTypeOf, tripleOf, type Triple } from '../../../src/platforms/bitrix24/subjects.js';
import type { StartRequest } from '../../../src/platforms/run.js';
import { answer, answering, secret } from './answering.js';
import { orderOf, read } from './open-sandbox.js';

const portal = answering(answer(200, { result: 'a1' }));
const faultsOf = (request: Partial<StartRequest>, definition: Definition | null = null): (readonly string[])[] =>
  portal.prepare(orderOf('1', request), definition).faults.map(({ pointer, code, kind }) => [pointer, code, kind]);

/** The template as the adapter reads it from a portal in the zone +03:00. */
async function templateWith(parameters: object, documentType: unknown = ['crm', 'CCrmDocumentLead', 'LEAD']) {
  const row = { ID: '1', NAME: 'T', DOCUMENT_TYPE: documentType, PARAMETERS: parameters };
  const told = answer(200, { result: [row], time: { date_start: '2026-11-21T10:00:00+03:00' } });
  return answering(told).definition('1', read());
}

describe('a subject', () => {
  it.each<[string, Triple]>([
    ['crm.lead', ['crm', 'CCrmDocumentLead', 'LEAD_7']],
    ['crm.deal', ['crm', 'CCrmDocumentDeal', 'DEAL_7']],
    ['crm.contact', ['crm', 'CCrmDocumentContact', 'CONTACT_7']],
    ['crm.company', ['crm', 'CCrmDocumentCompany', 'COMPANY_7']],
    ['crm.quote', ['crm', 'Bitrix\\Crm\\Integration\\BizProc\\Document\\Quote', 'QUOTE_7']],
    ['crm.invoice', ['crm', 'Bitrix\\Crm\\Integration\\BizProc\\Document\\SmartInvoice', 'SMART_INVOICE_7']],
    ['crm.dynamic.147', ['crm', 'Bitrix\\Crm\\Integration\\BizProc\\Document\\Dynamic', 'DYNAMIC_147_7']],
    ['disk.file', ['disk', 'Bitrix\\Disk\\BizProcDocument', '7']],
    ['lists.feed', ['lists', 'BizprocDocument', '7']],
    ['lists.item', ['lists', 'Bitrix\\Lists\\BizprocDocumentLists', '7']],
  ])('%s is %j there, and back', (type, triple) => {
    expect(tripleOf({ type, id: '7' })).toEqual(triple);
    expect(readSubject({ native: triple })).toEqual({ subject: { type, id: '7' }, faults: [] });
  });

  it('stays native where the triple has no name here', () => {
    const task = { native: ['tasks', 'Bitrix\\Tasks\\Integration\\Bizproc\\Document\\Task', '7'] };

    expect(readSubject(task)).toEqual({ subject: task, faults: [] });
    expect(subjectTypeOf(['tasks', 'Task', 'TASK'])).toBeNull();
  });

  it.each([
    [{ type: 'crm.toString', id: '7' }, '/subject/type'],
    [{ type: 'crm.dynamic.', id: '7' }, '/subject/type'],
    [{ type: 'crm.lead', id: '0' }, '/subject/id'],
    [{ type: 'crm.lead', id: 'LEAD_7' }, '/subject/id'],
    [{ native: ['crm', 'CCrmDocumentLead'] }, '/subject/native'],
    [{ native: ['crm', '', 'LEAD_7'] }, '/subject/native'],
  ])('%j is a fault at %s', (subject, pointer) => {
    expect(faultsOf({ subject }).map(([where]) => where)).toEqual([pointer]);
  });

  it('is required, and must be of the type that the template is for', async () => {
    const template = await templateWith([]);

    expect(faultsOf({ subject: null })).toEqual([['/subject', 'required', 'value']]);
    expect(faultsOf({ subject: { type: 'crm.deal', id: '1' } }, template)).toEqual([
      ['/subject/type', 'wrong-type', 'value'],
    ]);
    expect(faultsOf({ subject: { native: ['crm', 'CCrmDocumentLead', 'LEAD_1'] } }, template)).toEqual([]);
    expect(template?.subjectTypes).toEqual(['crm.lead']);
  });
});

describe('a value on its way to the portal', () => {
  const parameter = { name: 'p', title: 'p', description: null, nativeType: 'x', required: false, multiple: false };
  const sent = (
    type: keyof ReturnType<typeof encodersIn>,
    value: JsonObject[string],
    options: string[] | null = null,
  ) => encodersIn(180)[type]?.(value, { ...parameter, type, options });

  it.each([
    ['text', 'as it is', 'as it is'],
    ['boolean', true, 'Y'],
    ['boolean', false, 'N'],
    ['integer', 3, '3'],
    ['number', 12.5, '12.5'],
    ['number', 1e21, '1000000000000000000000'],
    ['number', 1.5e-7, '0.00000015'],
    ['date', '2026-02-28', '28.02.2026'],
    ['datetime', '2026-12-31T23:30:00Z', '01.01.2027 02:30:00'],
    ['datetime', '2026-12-01T10:00:00+03:00', '01.12.2026 10:00:00'],
    ['time', '09:30', '09:30'],
    ['money', { amount: '100.50', currency: 'RUB' }, '100.50|RUB'],
    ['user', 'user_14', 'user_14'],
    ['file', 12, '12'],
    ['other', 12, '12'],
  ] as const)('of type %s: %j is sent as %j', (type, value, text) => {
    expect(sent(type, value)).toBe(text);
  });

  it.each([
    ['text', 5],
    ['boolean', 'true'],
    ['integer', 1.5],
    ['integer', 2 ** 60],
    ['number', '1'],
    ['date', '2026-02-30'],
    ['date', '2026-13-01'],
    ['date', '28.02.2026'],
    ['datetime', '2026-02-28'],
    ['datetime', '2026-02-28T10:00:00'],
    ['datetime', '2026-02-28T25:00:00Z'],
    ['time', '25:00'],
    ['money', { amount: '1e5', currency: 'RUB' }],
    ['money', { amount: '100.50', currency: 'RUB', more: 1 }],
    ['money', '100.50|RUB'],
    ['user', '14'],
    ['file', 'JVBERi0='],
    ['other', { a: 1 }],
  ] as const)('of type %s does not take %j', (type, value) => {
    expect(sent(type, value)).toBeNull();
  });

  it('is chosen by its key', () => {
    expect(sent('select', 'supply', ['supply', 'service'])).toBe('supply');
    expect(sent('select', 'Supply', ['supply', 'service'])).toBeNull();
  });

  it('goes by its JSON type where nobody told another', () => {
    expect([true, 5, 'a', null, []].map(scalarText)).toEqual(['Y', '5', 'a', null, null]);
  });

  it('is written in the zone that the portal told', () => {
    expect(
      ['2026-11-21T10:00:00+03:00', '2026-11-21T10:00:00-05:30', '2026-11-21T10:00:00Z', null].map(utcOffsetMinutesOf),
    ).toEqual([180, -330, 0, null]);
  });
});

describe('variables of a workflow', () => {
  it('are checked against the template, all faults at once', async () => {
    const template = await templateWith({
      Title: { Name: 'Title', Type: 'string', Required: '1', Multiple: '0', Default: '', Options: null },
      Kind: { Name: 'Kind', Type: 'select', Required: '0', Multiple: '0', Options: { a: 'A' } },
      Given: { Name: 'Given', Type: 'string', Required: true, Default: 'there' },
      gatewayProcessId: { Name: 'Process', Type: 'string', Required: 'Y' },
    });

    expect(faultsOf({ variables: { Kind: 'b', Kid: 'a', gatewayProcessId: 'mine' } }, template)).toEqual([
      ['/variables/Kind', 'wrong-value', 'value'],
      ['/variables/Kid', 'unknown-variable', 'value'],
      ['/variables/gatewayProcessId', 'reserved', 'value'],
      ['/variables/Title', 'required', 'value'],
    ]);
    expect(template && inputSchemaOf(template)).toMatchObject({
      properties: { Title: { type: 'string', title: 'Title' }, Kind: { enum: ['a'] } },
      required: ['Title'],
    });
  });

  it.each(['TargetUser', 'PreGeneratedWorkflowId', 'StartWorkflowDelay', 'IgnoreSimultaneousProcessesLimit'])(
    'may not steer the engine by %s',
    (name) => {
      expect(faultsOf({ variables: { [name]: 'x' } })).toEqual([[`/variables/${name}`, 'reserved', 'value']]);
    },
  );

  it('have neither options nor results beside them', () => {
    expect(faultsOf({ options: { language: 'en' }, results: ['R'] })).toEqual([
      ['/options/language', 'unknown-field', 'shape'],
      ['/results', 'not-supported', 'value'],
    ]);
  });

  it('become text, with the process id where the template has a place for it', async () => {
    const spec = await templateWith({
      Copies: { Name: 'Copies', Type: 'int' },
      Readers: { Name: 'Readers', Type: 'user', Multiple: '1' },
      gatewayProcessId: { Name: 'Process', Type: 'string' },
    });
    const order = orderOf('1', { spec, variables: { Copies: 3, Readers: ['user_1', 'user_2'] } });

    expect(portal.nativeCall(order)).toEqual({
      method: 'POST',
      url: 'https://p.example/rest/1/[redacted]/bizproc.workflow.start.json',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: {
        TEMPLATE_ID: 1,
        DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_1'],
        PARAMETERS: {
          Copies: '3',
          Readers: ['user_1', 'user_2'],
          gatewayProcessId: order.processId,
          PreGeneratedWorkflowId: order.runId,
        },
      },
    });
    expect(JSON.stringify(portal.nativeCall(order))).not.toContain(secret);
  });
});

describe('a definition', () => {
  it.each(['1', '4711', 'sign.b2e.document'])('could be called %j', (name) => {
    expect(portal.namesDefinition(name)).toBe(true);
  });

  it.each(['0', '01', '12abc', '-1', '1.5', '', ' 1', '1'.repeat(30), 'sign.b2e', 'UsrApproval'])(
    'could not be called %j',
    (name) => {
      expect(portal.namesDefinition(name)).toBe(false);
    },
  );

  it('is not there when the portal lists nothing, and in doubt when it lists others', async () => {
    const other = { ID: '2', NAME: 'T', DOCUMENT_TYPE: null, PARAMETERS: [] };

    expect(await answering(answer(200, { result: [] })).definition('1', read())).toBeNull();
    await expect(answering(answer(200, { result: [other] })).definition('1', read())).rejects.toThrow('filter');
  });
});
