import { describe, expect, it } from '@jest/globals';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import { answer, answering } from './answering.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';

const completion = { nativeTaskId: '1', status: 'yes', comment: null, fields: {} } as const;
const delegation = { nativeTaskId: '1', fromUserId: '1', toUserId: '2' };

async function wordOf(attempt: Promise<unknown> | undefined): Promise<string> {
  try {
    await attempt;
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return 'because' in error ? `${error.name} ${String(error.because)}` : error.name;
  }
}

/** Every row of the tables of task.complete and task.delegate, and what it lets us do next. */
const table: readonly (readonly [code: string, word: string])[] = [
  ['ERROR_TASK_VALIDATION', 'Refused rejected'],
  ['ERROR_TASK_NOT_FOUND', 'Refused not_found'],
  ['ERROR_TASK_COMPLETED', 'Refused done'],
  ['ERROR_TASK_TYPE', 'Refused rejected'],
  ['ERROR_TASK_EXECUTION', 'Refused rejected'],
  ['ERROR_INVALID_USER_ID', 'Refused rejected'],
  ['ERROR_DELEGATION_NOT_ALLOWED', 'Refused rejected'],
  ['ACCESS_DENIED', 'Refused permission'],
  ['insufficient_scope', 'Refused permission'],
  ['ERROR_METHOD_NOT_FOUND', 'Refused plan'],
  ['QUERY_LIMIT_EXCEEDED', 'Busy limit'],
  ['OPERATION_TIME_LIMIT', 'Busy limit'],
  ['PORTAL_DELETED', 'Busy portal_closed'],
  ['', 'InDoubt'],
  ['ERROR_CORE', 'InDoubt'],
];

describe('a refusal of a task', () => {
  it.each(table)('%s, said of a command or inside a batch of reads, is: %s', async (error, word) => {
    const failure = { error, error_description: 'Текст' };
    const alone = answering(answer(400, failure));
    const inBatch = answering(answer(200, { result: { result: [], result_error: { r0: failure } } }));

    expect(await wordOf(alone.completeTask?.(completion, command()))).toBe(word);
    expect(await wordOf(alone.delegateTask?.(delegation, command()))).toBe(word);
    expect(await wordOf(inBatch.readTasks?.(['1'], read()))).toBe(word);
  });

  it.each([
    ['no verdict', answer(502, '<html></html>')],
    ['an empty body', answer(200, '')],
    ['another result than true', answer(200, { result: false })],
  ])('that is none, with %s, says nothing of whether it ran', async (_, told) => {
    expect(await wordOf(answering(told).completeTask?.(completion, command()))).toBe('InDoubt');
    expect(await wordOf(answering(told).delegateTask?.(delegation, command()))).toBe('InDoubt');
  });
});

describe('the simulated portal', () => {
  it('refuses as the real one does, row by row', () =>
    withSandbox(async ({ sandbox, open, requests }) => {
      const call = async (method: string, body: object): Promise<unknown> => {
        const url = `${sandbox.url}/rest/1/sandboxwebhook01/bizproc.task.${method}`;
        const headers = { 'content-type': 'application/json' };
        const told: unknown = await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
        return Object(told)['error'] ?? 'ok';
      };
      for (const [definition, variables] of [
        ['1', { Parameter1: 'user_1' }],
        ['1', { Parameter1: 'user_2' }],
        ['16', {}],
        ['17', {}],
        ['15', { First: 'user_1', Second: 'user_3' }],
      ] as const) {
        await open('').start(orderOf(definition, { variables, runId: null }), command());
      }

      expect(await call('complete', { STATUS: 1 })).toBe('ERROR_TASK_VALIDATION');
      expect(await call('complete', { TASK_ID: 1, STATUS: 9 })).toBe('ERROR_TASK_VALIDATION');
      expect(await call('complete', { TASK_ID: 99, STATUS: 1 })).toBe('ERROR_TASK_NOT_FOUND');
      expect(await call('complete', { TASK_ID: 2, STATUS: 1 })).toBe('ERROR_TASK_NOT_FOUND');
      expect(await call('complete', { TASK_ID: 1, STATUS: 'yes' })).toBe('ok');
      expect(await call('complete', { TASK_ID: 1, STATUS: 1 })).toBe('ERROR_TASK_COMPLETED');
      expect(await call('complete', { TASK_ID: 4, STATUS: 1 })).toBe('ERROR_TASK_TYPE');
      expect(await call('complete', { TASK_ID: 3, STATUS: 3 })).toBe('ERROR_TASK_EXECUTION');
      expect(await call('complete', { TASK_ID: 5, STATUS: 2 })).toBe('ERROR_TASK_EXECUTION');
      expect(await call('delegate', { FROM_USER_ID: 1, TO_USER_ID: 2 })).toBe('ERROR_TASK_VALIDATION');
      const given = { TASK_IDS: [3], FROM_USER_ID: 1, TO_USER_ID: 2 };
      expect(await call('delegate', { ...given, FROM_USER_ID: 0 })).toBe('ERROR_INVALID_USER_ID');
      expect(await call('delegate', { ...given, TO_USER_ID: 5000 })).toBe('ERROR_INVALID_USER_ID');
      expect(await call('delegate', { ...given, FROM_USER_ID: 3 })).toBe('ERROR_DELEGATION_NOT_ALLOWED');
      expect(await call('delegate', { ...given, TO_USER_ID: 100 })).toBe('ERROR_DELEGATION_NOT_ALLOWED');
      expect(await call('delegate', given)).toBe('ok');
      expect((await requests()).filter(({ executed, operation }) => executed && operation !== 'start')).toMatchObject([
        { operation: 'complete_task', definition: '1' },
        { operation: 'delegate_task', definition: '16' },
      ]);
    }));
});
