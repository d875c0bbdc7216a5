import { describe, expect, it } from '@jest/globals';
import { command, withSandbox, type OpenSandbox } from './open-sandbox.js';
import { signing } from './signings.js';

const webhook = '1/sandboxwebhook01';

async function called(
  { sandbox }: OpenSandbox,
  method: string,
  body: object = {},
): Promise<readonly [number, unknown]> {
  const told = await fetch(`${sandbox.url}/rest/${webhook}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [told.status, await told.json()];
}

describe('a failure that is ordered of the simulated portal', () => {
  it('comes as often as it was ordered, one order after another, whatever its code is', () =>
    withSandbox(async (open) => {
      const method = 'profile';
      const orders = [
        { error: '', description: '', status: 400, next: 2 },
        { error: 510, status: 200, next: 1 },
        { error: { code: 'X', message: 'Y' }, status: 403, next: 1 },
        { error: 'ERROR_ARGUMENT', description: 'No', next: 1, more: { argument: 'ID' } },
      ];
      for (const order of orders) await open.control('errors', { method: method.toUpperCase(), ...order });

      const answers: unknown[] = [];
      for (let time = 0; time < 5; time += 1) answers.push(await called(open, method));

      expect(answers).toEqual([
        [400, { error: '', error_description: '' }],
        [400, { error: '', error_description: '' }],
        [200, { error: 510 }],
        [403, { error: { code: 'X', message: 'Y' } }],
        [400, { error: 'ERROR_ARGUMENT', error_description: 'No', argument: 'ID' }],
      ]);
      expect(await called(open, method)).toMatchObject([200, { result: { ID: '1' } }]);
    }));

  it('comes in a batch without a status, and to the whole batch with one', () =>
    withSandbox(async (open) => {
      const cmd = { a: 'profile', b: 'server.time' };
      await open.control('errors', { method: 'profile', error: 'ACCESS_DENIED', description: 'No', status: 403 });
      await open.control('errors', { method: 'batch', error: 'QUERY_LIMIT_EXCEEDED', status: 503, next: 1 });

      expect(await called(open, 'batch', { cmd })).toEqual([503, { error: 'QUERY_LIMIT_EXCEEDED' }]);
      expect(await called(open, 'batch', { cmd })).toMatchObject([
        200,
        {
          result: {
            result: { b: expect.any(String) },
            result_error: { a: { error: 'ACCESS_DENIED', error_description: 'No' } },
          },
        },
      ]);
    }));

  it('ends when it is called off', () =>
    withSandbox(async (open) => {
      await open.control('errors', { method: 'profile', error: 'ERROR_CORE' });
      expect((await called(open, 'profile'))[0]).toBe(400);

      await open.control('errors', { method: 'profile' });
      expect((await called(open, 'profile'))[0]).toBe(200);
    }));

  it('lets the work be done first where that is asked for', () =>
    withSandbox(async (open) => {
      const method = 'bizproc.workflow.start';
      const start = { TEMPLATE_ID: 1, DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_1'] };
      await open.control('errors', { method, error: 'ERROR_CORE', status: 500, next: 1, executes: true });
      await open.control('errors', { method, error: 'ERROR_CORE', status: 500, next: 1 });

      expect((await called(open, method, start))[0]).toBe(500);
      expect((await called(open, method, start))[0]).toBe(500);
      expect(await open.runs()).toHaveLength(1);
      expect((await open.requests()).map(({ executed }) => executed)).toEqual([true, false]);
    }));

  it('is refused where it is no order', () =>
    withSandbox(async ({ control }) => {
      const bodies = [
        {},
        { method: 'profile', error: null },
        { method: 'profile', error: 'X', status: 99 },
        { methods: 'x' },
      ];
      const statuses = await Promise.all(bodies.map(async (body) => (await control('errors', body)).status));

      expect(statuses).toEqual([422, 422, 422, 422]);
      expect((await control('signing', { errorStatus: 500 })).status).toBe(422);
    }));
});

describe('the walk of a document at the simulated portal', () => {
  it('has no other steps than those of people', () =>
    withSandbox(async ({ open, control }) => {
      await control('signing', { bornAs: 'new' });
      const app = open('-app');
      const { nativeId } = await app.start(signing(), command());
      const at = (step: string, member?: number): Promise<Response> =>
        control(`documents/${String(nativeId)}`, { step, ...(member === undefined ? {} : { member }) });

      const statuses = [
        await at('sign'), // nobody's turn before it has begun
        await at('begin'),
        await at('begin'),
        await at('sign', 1), // not this one's turn
        await at('sign', 0),
        await at('sign', 0),
        await at('refuse'),
        await at('stop'),
      ].map(({ status }) => status);

      expect(statuses).toEqual([409, 200, 409, 409, 200, 409, 200, 409]);
    }));
});
