import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Busy, InDoubt, Refused } from '../../../src/platforms/platform.errors.js';
import { command, errorOf, orderOf, read, start, withInstance } from './instance.js';

const variables = {
  Customer: 'Smith <& Co>',
  Quantity: 3,
  Price: 10.11,
  Urgent: true,
  DueAt: '2026-12-01T10:00:00+03:00',
};

describe('a start with RunProcess', () => {
  it('gives the run id and the outputs of a process that has ended', () =>
    withInstance(async ({ platform, runs }) => {
      await platform.signIn?.(command());
      const spec = await platform.definition('UsrOrderCheck', read());
      const order = orderOf('UsrOrderCheck', {
        spec,
        variables,
        results: ['Greeting', 'Total', 'CheckedAt', 'Accepted'],
      });

      const started = await start(platform, order);

      expect(started).toMatchObject({ state: 'completed', nativeState: 'Completed', failure: null });
      expect(started.result).toEqual({
        Greeting: 'Order of <Smith <& Co>> & "friends"',
        Total: 30.33,
        CheckedAt: '2026-12-01T07:00:00.000',
        Accepted: true,
      });
      expect(await runs()).toMatchObject([
        { nativeId: started.nativeId, definition: 'UsrOrderCheck', state: 'completed' },
      ]);
    }));

  it('is running while a person has to act', () =>
    withInstance(async ({ platform }) => {
      const started = await start(platform, orderOf('UsrApproval', { results: ['Decision'] }));

      expect(started).toMatchObject({ state: 'running', nativeState: 'Running', result: null });
    }));

  it('has failed where a step of the process threw', () =>
    withInstance(async ({ platform }) => {
      const started = await start(platform, orderOf('UsrFailing', { results: ['Decision'] }));

      expect(started).toMatchObject({
        state: 'failed',
        result: null,
        failure: { code: 'Error', message: 'System.InvalidOperationException: The script divided by zero' },
      });
    }));

  it('has failed also where the instance calls it a success, and where its log tells no reason', () =>
    withInstance(async ({ platform, turn }) => {
      await turn({ errorInfo: false, odata: 'none', dataService: false });

      expect(await start(platform, orderOf('UsrFailing'))).toMatchObject({
        state: 'failed',
        failure: { message: 'The process ended with an error.' },
      });
    }));

  it('is refused with the words of the instance', () =>
    withInstance(async ({ platform, runs }) => {
      const error = await errorOf(start(platform, orderOf('UsrSignalOnly')));

      expect(error).toBeInstanceOf(Refused);
      expect(error).toMatchObject({ native: { code: 'ProcessCannotBeManuallyStartedException', httpStatus: 200 } });
      expect(await runs()).toEqual([]);
    }));

  it('is accepted without an id where the process runs in the background', () =>
    withInstance(async ({ platform, runs }) => {
      expect(await start(platform, orderOf('UsrBackground'))).toMatchObject({ nativeId: null, state: 'running' });
      expect(await start(platform, orderOf('UsrBackground', { results: ['Decision'] }))).toMatchObject({
        state: 'completed',
      });
      expect(await runs()).toHaveLength(2);
    }));

  it.each([
    ['UsrLostAnswer', 1],
    ['UsrTruncated', 1],
    ['UsrReset', 0],
    ['UsrBadGateway', 0],
  ])('is in doubt after %s, which ran %i times', (definition, times) =>
    withInstance(async ({ platform, runs, requests }) => {
      const error = await errorOf(start(platform, orderOf(definition)));

      expect(error).toBeInstanceOf(InDoubt);
      expect(await runs()).toHaveLength(times);
      expect((await requests()).filter(({ operation }) => operation === 'RunProcess')).toHaveLength(1);
    }),
  );

  it('goes out again after a new sign-in, once, where the session had ended', () =>
    withInstance(async ({ platform, requests }) => {
      expect(await start(platform, orderOf('UsrExpiredSession'))).toMatchObject({ state: 'completed' });

      const made = (await requests()).map(({ operation, executed }) => [operation, executed]);
      expect(made).toEqual([
        ['Login/Login.html', false],
        ['Login', false],
        ['RunProcess', false],
        ['Login', false],
        ['RunProcess', true],
      ]);
    }));

  it('runs on .NET too, where the application has no /0', () =>
    withInstance(async ({ platform }) => {
      expect(await start(platform, orderOf('UsrOrderCheck'))).toMatchObject({ state: 'completed' });
      expect((await platform.definitions(read()))?.map(({ definition }) => definition)).toContain('UsrApproval');
    }, 'net'));

  it('is not written once its time is over', () =>
    withInstance(async ({ platform, requests }) => {
      await platform.signIn?.(command());

      const late = { signal: AbortSignal.timeout(10_000), mayWrite: () => false };
      const error = await errorOf(platform.start(orderOf('UsrOrderCheck'), late));

      expect(error).toMatchObject({ name: 'Unreached', executed: 'no' });
      expect((await requests()).map(({ operation }) => operation)).not.toContain('RunProcess');
    }));

  it('asks for a sign-in and sends nothing where nobody is signed in', () =>
    withInstance(async ({ platform, requests }) => {
      const error = await errorOf(platform.start(orderOf('UsrOrderCheck'), command()));

      expect(error).toBeInstanceOf(Busy);
      expect(error).toMatchObject({ because: 'sign_in' });
      expect(await requests()).toEqual([]);
    }));
});

describe('a start with Execute', () => {
  it.each(['GET', 'POST'])('gives the one result and no run id, by %s', (executeMethod) =>
    withInstance(async ({ open, runs }) => {
      const platform = open({ settings: { executeMethod } });
      await platform.signIn?.(command());
      const spec = await platform.definition('UsrOrderCheck', read());
      const options = { startWith: 'Execute' };

      const started = await start(
        platform,
        orderOf('UsrOrderCheck', { spec, variables, results: ['Greeting'], options }),
      );

      expect(started).toMatchObject({ nativeId: null, state: 'running' });
      expect(started.result).toEqual({ Greeting: 'Order of <Smith <& Co>> & "friends"' });
      expect(await runs()).toHaveLength(1);
      expect(platform.nativeCall(orderOf('UsrOrderCheck', { options }))).toMatchObject({ method: executeMethod });
    }),
  );

  it('is chosen by the connection too, and keeps its URL out of errors', () =>
    withInstance(async ({ open, runs }) => {
      const platform = open({ settings: { startWith: 'Execute' } });

      expect(await start(platform, orderOf('UsrWaiting'))).toMatchObject({ nativeId: null, state: 'running' });
      const error = await errorOf(
        start(platform, orderOf('UsrBadGateway', { variables: { Document: 'hidden-value' } })),
      );

      expect(error).toBeInstanceOf(InDoubt);
      expect(inspect(error, { depth: 9 })).not.toContain('hidden-value');
      expect(await runs()).toHaveLength(1);
    }));
});

describe('a run', () => {
  it('is running until its element is completed, then completed; a second time executes nothing', () =>
    withInstance(async ({ platform }) => {
      const { nativeId } = await start(platform, orderOf('UsrApproval'));
      const run = { nativeId: nativeId ?? '', definition: 'UsrApproval' };
      const elements = (await platform.elements?.(run, read())) ?? [];

      const task = elements.find(({ state }) => state === 'waiting');
      expect(elements.map(({ type, state }) => [type, state])).toEqual([
        ['StartEvent', 'completed'],
        ['UserTask', 'waiting'],
      ]);
      expect((await platform.observe([run], read())).get(run.nativeId)).toMatchObject({ seen: true, state: 'running' });

      expect(await platform.completeElement?.(task?.nativeId ?? '', null, command())).toBe(true);
      expect((await platform.observe([run], read())).get(run.nativeId)).toMatchObject({
        seen: true,
        state: 'completed',
      });
      expect(await platform.completeElement?.(task?.nativeId ?? '', null, command())).toBe(false);
    }));

  it.each([
    ['in the path', 'path', null],
    ['in the query', 'query', null],
    ['before the name of the call', 'first', null],
    ['in the body', 'body', null],
    ['in the body, with values', 'path', { Result: 'approved', Rank: 2 }],
  ])('takes its element %s', (_where, elementCall, values) =>
    withInstance(async ({ open, runs, turn }) => {
      await turn({ elementCall });
      const platform = open({ settings: { elementCall } });
      const { nativeId } = await start(platform, orderOf('UsrApproval'));
      const run = { nativeId: nativeId ?? '', definition: 'UsrApproval' };
      const task = (await platform.elements?.(run, read()))?.find(({ state }) => state === 'waiting');

      expect(await platform.completeElement?.(task?.nativeId ?? '', values, command())).toBe(true);
      expect(await runs()).toMatchObject([{ state: 'completed' }]);
      expect(await platform.completeElement?.(task?.nativeId ?? '', values, command())).toBe(false);
    }),
  );

  it('keeps its element where the instance takes it in another form, which the error names', () =>
    withInstance(async ({ open, runs, turn }) => {
      await turn({ elementCall: 'query' });
      const platform = open({ settings: { elementCall: 'path' } });
      const { nativeId } = await start(platform, orderOf('UsrApproval'));
      const run = { nativeId: nativeId ?? '', definition: 'UsrApproval' };
      const task = (await platform.elements?.(run, read()))?.find(({ state }) => state === 'waiting');

      const error = await errorOf(
        platform.completeElement?.(task?.nativeId ?? '', null, command()) ?? Promise.resolve(),
      );

      expect(error).toMatchObject({ because: 'not_found', message: expect.stringContaining('elementCall') });
      expect(await runs()).toMatchObject([{ state: 'running' }]);
    }));

  it.each([null, { Result: 'approved' }])('has no element of an unknown id (values: %j)', (values) =>
    withInstance(async ({ platform }) => {
      await platform.signIn?.(command());
      const unknown = '11111111-2222-4333-8444-555555555555';

      const error = await errorOf(platform.completeElement?.(unknown, values, command()) ?? Promise.resolve());

      expect(error).toMatchObject({ name: 'Refused', because: 'not_found' });
    }),
  );

  it('tells the first line of why it failed', () =>
    withInstance(async ({ platform, finish }) => {
      const { nativeId } = await start(platform, orderOf('UsrWaiting'));
      const run = { nativeId: nativeId ?? '', definition: 'UsrWaiting' };
      await finish(run.nativeId, 'failed');

      expect((await platform.observe([run], read())).get(run.nativeId)).toMatchObject({
        state: 'failed',
        failure: { message: 'System.InvalidOperationException: The script divided by zero' },
      });
    }));

  it('is not asked for where its id is none of the log', () =>
    withInstance(async ({ platform, requests }) => {
      await platform.signIn?.(command());
      const adopted = { nativeId: '1 or Id ne 2', definition: 'UsrWaiting' };

      expect((await platform.observe([adopted], read())).get(adopted.nativeId)).toEqual({ seen: false });
      expect((await requests()).map(({ operation }) => operation)).not.toContain('odata/SysProcessLog');
    }));
});
