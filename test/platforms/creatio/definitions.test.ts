import { describe, expect, it } from '@jest/globals';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { capabilitiesOf } from '../../../src/platforms/capabilities.js';
import { inputSchemaOf } from '../../../src/platforms/definition.js';
import type { StartRequest } from '../../../src/platforms/run.js';
import { command, orderOf, read, withInstance } from './instance.js';

function requestOf(more: Partial<StartRequest>): StartRequest {
  return { definition: 'UsrOrderCheck', subject: null, variables: {}, results: [], options: {}, ...more };
}

describe('definitions', () => {
  it('are listed in outline with one request', () =>
    withInstance(async ({ platform, requests }) => {
      await platform.signIn?.(command());
      const listed = await platform.definitions(read());

      expect(listed).toContainEqual(
        expect.objectContaining({ definition: 'UsrApproval', name: 'Approval of a document', outline: true }),
      );
      expect((await requests()).filter(({ operation }) => operation !== 'Login')).toHaveLength(2);
    }));

  it('tell one by one what they take and give', () =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());
      const definition = await platform.definition('UsrOrderCheck', read());

      expect(definition?.outline).toBeUndefined();
      expect(definition && inputSchemaOf(definition)).toMatchObject({
        additionalProperties: false,
        properties: {
          Customer: { type: 'string', title: 'Customer' },
          Quantity: { type: 'integer' },
          Price: { type: 'number' },
          Discount: { type: 'object' },
          Urgent: { type: 'boolean' },
          ContactId: { format: 'uuid', 'x-native-type': 'Lookup' },
          DueDate: { format: 'date' },
          DueAt: { format: 'date-time' },
          DueTime: { type: 'string', pattern: expect.any(String) },
          Items: { type: 'array' },
        },
      });
      expect(definition?.outputs.map(({ name, type }) => [name, type])).toEqual([
        ['Greeting', 'text'],
        ['Count', 'integer'],
        ['Total', 'number'],
        ['Accepted', 'boolean'],
        ['CheckedAt', 'datetime'],
        ['OrderId', 'guid'],
        ['Lines', 'collection'],
      ]);
    }));

  it('are matched with regard to case', () =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());

      expect(await platform.definition('usrordercheck', read())).toBeNull();
      expect(await platform.definition('UsrUnknown', read())).toBeNull();
    }));

  it.each([
    ['UsrApproval', true],
    ['_1', true],
    ["Usr' or 1 eq 1", false],
    ['Usr/../x', false],
    ['1', false],
    ['', false],
    ['U'.repeat(101), false],
  ])('may be called %j: %j', (name, isName) =>
    withInstance(async ({ platform }) => {
      expect(platform.namesDefinition(name)).toBe(isName);
    }),
  );
});

describe('what a caller wants started', () => {
  it('is checked against the signature, all faults at once', () =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());
      const definition = await platform.definition('UsrOrderCheck', read());
      const request = requestOf({
        subject: { type: 'crm.lead', id: '1' },
        variables: { Quantity: 1.5, Customer: ['a'], Unknown: 1, gatewayProcessId: 'mine', Urgent: null },
        results: ['Total', 'Nothing'],
        options: { startWith: 'Sometimes', language: 'en' },
      });

      const { faults, inputChecked } = platform.prepare(request, definition);

      expect(inputChecked).toBe(true);
      expect(faults.map(({ kind, pointer, code }) => `${kind} ${pointer} ${code}`)).toEqual([
        'value /subject not-taken',
        'value /variables/Quantity wrong-value',
        'value /variables/Customer wrong-value',
        'value /variables/Unknown unknown-variable',
        'value /variables/gatewayProcessId reserved',
        'value /options/startWith invalid',
        'shape /options/language unknown-field',
        'value /results/1 unknown-output',
      ]);
    }));

  it('is limited by what Execute can carry', () =>
    withInstance(async ({ platform }) => {
      const request = requestOf({
        options: { startWith: 'Execute' },
        results: ['Total', 'Count'],
        variables: { ResultParameterName: 'x' },
      });

      expect(platform.prepare(request, null).faults.map(({ pointer }) => pointer)).toEqual([
        '/results',
        '/variables/ResultParameterName',
      ]);
    }));

  it('goes by its JSON where the process is known in outline only', () =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());
      const outline =
        (await platform.definitions(read()))?.find(({ definition }) => definition === 'UsrOrderCheck') ?? null;

      const prepared = platform.prepare(requestOf({ variables: { Any: 1, List: ['a'] }, results: ['Any'] }), outline);

      expect(prepared).toMatchObject({ inputChecked: false, faults: [{ pointer: '/variables/List' }] });
    }));
});

describe('the request that a start would send', () => {
  it('carries texts, our process id where it is asked for, and no secret', () =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());
      const spec = await platform.definition('UsrApproval', read());
      const variables = { Document: 'A & B', Amount: { amount: '100.50', currency: 'EUR' } };

      const native = platform.nativeCall(orderOf('UsrApproval', { spec, variables, results: ['Decision'] }));

      expect(native).toMatchObject({
        method: 'POST',
        url: expect.stringMatching(/\/0\/ServiceModel\/ProcessEngineService\.svc\/RunProcess$/),
        headers: { Cookie: '[redacted]', BPMCSRF: '[redacted]', ForceUseSession: 'true' },
        body: {
          schemaName: 'UsrApproval',
          parameterValues: [
            { name: 'Document', value: 'A & B' },
            { name: 'Amount', value: '100.50' },
            { name: 'gatewayProcessId', value: '01994f0e-0000-7000-8000-000000000001' },
          ],
          resultParameterNames: ['Decision'],
        },
      });
    }));

  it('is a URL with Execute', () =>
    withInstance(async ({ platform }) => {
      const order = orderOf('UsrApproval', {
        variables: { Document: 'A & B' },
        results: ['Decision'],
        options: { startWith: 'Execute' },
      });

      expect(platform.nativeCall(order)).toMatchObject({
        method: 'GET',
        url: expect.stringMatching(/UsrApproval\/Execute\?ResultParameterName=Decision&Document=A%20%26%20B$/),
        body: null,
      });
    }));
});

describe('the kind', () => {
  it('reads credentials and settings strictly, with defaults', () => {
    expect(creatio.readAuth({ type: 'forms', username: 'a', extra: 1 })).toMatchObject({
      faults: expect.arrayContaining([
        expect.objectContaining({ pointer: '/password', code: 'required' }),
        expect.objectContaining({ pointer: '/extra', code: 'unknown-field' }),
      ]),
    });
    expect(creatio.readAuth({ type: 'ntlm' })).toMatchObject({ faults: [{ pointer: '/type' }] });
    expect(creatio.readSettings({})).toEqual({
      value: {
        runtime: 'auto',
        startWith: 'RunProcess',
        sessions: 4,
        executionLimitSeconds: 1800,
        executeMethod: 'GET',
        elementCall: 'path',
        timesAheadMinutes: 0,
        flavour: 'creatio',
      },
    });
    expect(creatio.readSettings({ flavour: 'bpmsoft' })).toMatchObject({ value: { elementCall: 'query' } });
    expect(creatio.readSettings({ sessions: 'four' })).toMatchObject({
      faults: [{ pointer: '/sessions', kind: 'shape' }],
    });
  });

  it.each([
    [{ type: 'forms', username: 5, password: 'p' }, '/username'],
    [{ type: 'oauth', clientId: 'c', clientSecret: ['s'], tokenUrl: 'https://i.example/token' }, '/clientSecret'],
  ])('takes a wrong JSON type in its credentials for a fault of shape: %j', (auth, pointer) => {
    expect(creatio.readAuth(auth)).toMatchObject({ faults: [{ pointer, kind: 'shape', code: 'wrong-type' }] });
  });

  it('shows no secret field', () => {
    expect(creatio.shownAuth).not.toContain('password');
    expect(creatio.shownAuth).not.toContain('clientSecret');
  });

  it('describes a connection as JSON Schema', () => {
    expect(creatio.connectionSchema).toMatchObject({
      required: expect.arrayContaining(['auth']),
      properties: { startWith: { default: 'RunProcess' }, auth: { oneOf: expect.any(Array) } },
    });
  });

  it('lists what can be done, and no kill', () =>
    withInstance(async ({ platform }) => {
      const able = capabilitiesOf(creatio, platform).filter(({ supported }) => supported);

      expect(able.map(({ operation }) => operation)).toEqual([
        'start',
        'terminate',
        'complete_element',
        'observe',
        'definitions',
        'elements',
        'tasks',
        'call',
      ]);
    }));
});

describe('a connection test', () => {
  it('passes every step on a healthy instance', () =>
    withInstance(async ({ platform }) => {
      const found: string[] = [];
      for (const check of platform.checks) found.push(`${check.name}: ${await check.run(read())}`);

      expect(found).toEqual([
        'reach: The instance is up.',
        'sign_in: The technical user is signed in.',
        'rights: The process log can be read, by OData.',
        expect.stringMatching(/^clock: The clock of the instance is -?\d s from ours\.$/),
        'definitions: 13 processes can be started.',
      ]);
    }));
});
