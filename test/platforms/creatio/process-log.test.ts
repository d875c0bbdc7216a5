import { describe, expect, it } from '@jest/globals';
import { InDoubt, Refused } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { command, errorOf, orderOf, read, start, withInstance, type Instance } from './instance.js';

const unknown = '11111111-2222-4333-8444-555555555555';

async function waiting(platform: Platform): Promise<string> {
  return (await start(platform, orderOf('UsrWaiting'))).nativeId ?? '';
}

async function stateOf(platform: Platform, nativeId: string): Promise<string> {
  const seen = (await platform.observe([{ nativeId, definition: 'UsrWaiting' }], read())).get(nativeId);
  return seen?.seen ? seen.state : 'absent';
}

/** The reads of the log so far, in order. */
async function readsOf({ requests }: Instance): Promise<string[]> {
  return (await requests()).map(({ operation }) => operation).filter((name) => /ProcessLog$|SelectQuery/.test(name));
}

describe('the log', () => {
  it('tells of twenty runs in one request, and of those it lacks in another', () =>
    withInstance(async (instance) => {
      const { platform } = instance;
      const ids = await Promise.all(Array.from({ length: 18 }, () => waiting(platform)));
      const look = async (asked: readonly string[]) =>
        platform.observe(
          asked.map((nativeId) => ({ nativeId, definition: 'UsrWaiting' })),
          read(),
        );

      expect([...(await look(ids)).values()].filter((one) => one.seen)).toHaveLength(18);
      expect(await readsOf(instance)).toEqual(['odata/SysProcessLog']);

      const seen = await look([...ids, unknown, 'no-guid']);

      expect([...seen.values()].filter((one) => one.seen)).toHaveLength(18);
      expect([seen.get(unknown), seen.get('no-guid')]).toEqual([{ seen: false }, { seen: false }]);
      expect((await readsOf(instance)).slice(1)).toEqual(['odata/SysProcessLog', 'odata/VwSysProcessLog']);
    }));

  it.each([
    ['all', 'odata/VwSysProcessLog'],
    ['none', 'SelectQuery'],
  ])('tells of a run that was archived, with %s of OData', (odata, last) =>
    withInstance(async (instance) => {
      const { platform, finish, archive, turn } = instance;
      const nativeId = await waiting(platform);
      await finish(nativeId, 'failed');
      await archive(nativeId);
      await turn({ odata });

      const seen = await platform.observe([{ nativeId, definition: 'UsrWaiting' }], read());

      expect(seen.get(nativeId)).toMatchObject({
        state: 'failed',
        failure: { message: expect.stringContaining('divided by zero') },
      });
      expect((await readsOf(instance)).at(-1)).toBe(last);
    }),
  );

  it.each([
    ['views', ['odata/SysProcessLog', 'odata/VwSysProcessLog', 'odata/VwSysProcessLog']],
    ['none', ['odata/SysProcessLog', 'odata/VwSysProcessLog', 'SelectQuery', 'SelectQuery']],
  ])('is read by what is left where OData shows %s, which is remembered', (odata, reads) =>
    withInstance(async (instance) => {
      const { platform, turn, finish } = instance;
      await turn({ odata });
      const nativeId = await waiting(platform);

      expect(await stateOf(platform, nativeId)).toBe('running');
      await finish(nativeId, 'completed');
      expect(await stateOf(platform, nativeId)).toBe('completed');

      expect(await readsOf(instance)).toEqual(reads);
    }),
  );

  it('is asked for its ways anew by a connection test', () =>
    withInstance(async (instance) => {
      const { platform, turn } = instance;
      const rights = platform.checks.find(({ name }) => name === 'rights');
      await platform.signIn?.(command());
      await turn({ odata: 'none' });
      expect(await rights?.run(read())).toBe('The process log can be read, by DataService.');
      await turn({ odata: 'all' });

      expect(await rights?.run(read())).toBe('The process log can be read, by OData.');
    }));

  it('calls no run absent where nothing of it may be read', () =>
    withInstance(async ({ platform, turn }) => {
      const nativeId = await waiting(platform);
      await turn({ odata: 'none', dataService: false });

      expect(await errorOf(stateOf(platform, nativeId))).toMatchObject({ name: 'Refused', because: 'permission' });
    }));

  it('is not given up for an answer of a proxy', () =>
    withInstance(async (instance) => {
      const { platform, sandbox } = instance;
      const nativeId = await waiting(platform);
      const order = { operation: 'observe', do: 'html-502', next: 1 };
      await fetch(`${sandbox.url}/_sandbox/answers`, { method: 'POST', body: JSON.stringify(order) });

      expect(await errorOf(stateOf(platform, nativeId))).toBeInstanceOf(InDoubt);
      expect(await stateOf(platform, nativeId)).toBe('running');
      expect(await readsOf(instance)).toEqual(['odata/SysProcessLog', 'odata/SysProcessLog']);
    }));
});

describe('a stop', () => {
  it('is under way once it is ordered, and over at the next look', () =>
    withInstance(async (instance) => {
      const { platform, requests } = instance;
      const nativeId = await waiting(platform);

      expect(await platform.terminate?.({ nativeId, definition: 'UsrWaiting' }, 'not needed', command())).toBe(
        'terminating',
      );
      expect(await stateOf(platform, nativeId)).toBe('terminated');

      const made = (await requests()).map(({ operation }) => operation).slice(-4);
      expect(made).toEqual(['odata/SysProcessLog', 'CancelExecution', 'odata/SysProcessLog', 'odata/SysProcessLog']);
    }));

  it('of a run that has ended is not sent', () =>
    withInstance(async ({ platform, finish, requests, runs }) => {
      const nativeId = await waiting(platform);
      await finish(nativeId, 'completed');

      const error = await errorOf(
        platform.terminate?.({ nativeId, definition: 'UsrWaiting' }, null, command()) ?? Promise.resolve(),
      );

      expect(error).toBeInstanceOf(Refused);
      expect(error).toMatchObject({ because: 'not_found' });
      expect((await requests()).map(({ operation }) => operation)).not.toContain('CancelExecution');
      expect(await runs()).toMatchObject([{ state: 'completed' }]);
    }));

  it('is sent also where the log does not answer, after a moment', () =>
    withInstance(async ({ platform, sandbox, runs }) => {
      const nativeId = await waiting(platform);
      const order = { operation: 'observe', do: 'hang', next: 1 };
      await fetch(`${sandbox.url}/_sandbox/answers`, { method: 'POST', body: JSON.stringify(order) });

      expect(await platform.terminate?.({ nativeId, definition: 'UsrWaiting' }, null, command())).toBe('terminating');
      expect(await runs()).toMatchObject([{ state: 'terminating' }]);
    }));

  it('is sent also where the log may not be read', () =>
    withInstance(async ({ platform, turn, runs }) => {
      const nativeId = await waiting(platform);
      await turn({ odata: 'none', dataService: false });

      expect(await platform.terminate?.({ nativeId, definition: 'UsrWaiting' }, null, command())).toBe('terminating');
      expect(await runs()).toMatchObject([{ state: 'terminating' }]);
    }));
});
