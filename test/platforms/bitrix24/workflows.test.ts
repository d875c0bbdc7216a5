import { describe, expect, it } from '@jest/globals';
import { Busy, InDoubt, Refused, type PlatformError } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import type { StartOrder } from '../../../src/platforms/run.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';

/** What a start throws. */
async function failureOf(platform: Platform, order: StartOrder): Promise<PlatformError> {
  const failure: unknown = await platform.start(order, command()).catch((error: unknown) => error);
  if (failure instanceof Refused || failure instanceof Busy || failure instanceof InDoubt) return failure;
  throw new Error(`The start did not fail as a PlatformError: ${String(failure)}`);
}

describe('a workflow of a simulated portal', () => {
  it('starts under the run id of our choice and is seen running', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');

      const started = await portal.start(orderOf('1', { variables: { Parameter1: 'user_1' } }), command());
      const nativeId = '0123456789abcdef0123456789abcdef';
      const seen = await portal.observe([{ nativeId, definition: '1' }], read());

      expect(started).toMatchObject({ nativeId, runId: 'kept', state: 'running' });
      expect(seen.get(nativeId)).toMatchObject({ seen: true, state: 'running' });
      expect(await runs()).toMatchObject([{ nativeId, definition: '1', state: 'running' }]);
    }));

  it('has an id of the portal where run ids are off or ignored', () =>
    withSandbox(async ({ open }) => {
      const off = await open('', { runIds: 'off' }).start(orderOf('1', { runId: null }), command());
      const ignored = await open('').start(orderOf('14'), command());

      expect(off).toMatchObject({ nativeId: expect.stringMatching(/^[0-9a-f]+\.\d{8}$/), runId: null });
      expect(ignored).toMatchObject({ nativeId: expect.stringMatching(/^[0-9a-f]+\.\d{8}$/), runId: 'ignored' });
    }));

  it('is accepted as an earlier run when its id is there already, and runs once', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');
      await portal.start(orderOf('3'), command());

      const again = await portal.start(orderOf('3'), command());

      expect(again).toMatchObject({ nativeId: orderOf('3').runId, runId: 'kept', startedBefore: true });
      expect(await runs()).toHaveLength(1);
    }));

  it('is absent once it is terminated, and then not found', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');
      const { nativeId } = await portal.start(orderOf('1'), command());
      const run = { nativeId: String(nativeId), definition: '1' };

      expect(await portal.terminate?.(run, 'No longer needed', command())).toBe('terminated');
      expect(await portal.observe([run], read())).toEqual(new Map([[run.nativeId, { seen: false }]]));
      await expect(portal.terminate?.(run, null, command())).rejects.toMatchObject({ because: 'not_found' });
      await expect(portal.kill?.(run, command())).rejects.toMatchObject({ because: 'not_found' });
      expect(await runs()).toMatchObject([{ state: 'terminated' }]);
    }));

  it('is forgotten once it is killed, so that its id may run again', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');
      const { nativeId } = await portal.start(orderOf('3'), command());
      await portal.kill?.({ nativeId: String(nativeId), definition: '3' }, command());

      const again = await portal.start(orderOf('3'), command());

      expect(again).not.toHaveProperty('startedBefore');
      expect(await runs()).toMatchObject([{ state: 'killed' }, { state: 'running' }]);
    }));

  it('is over when its id arrives, if nothing in it waits', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');
      const { nativeId } = await portal.start(orderOf('2'), command());

      const seen = await portal.observe([{ nativeId: String(nativeId), definition: '2' }], read());

      expect(seen.get(String(nativeId))).toEqual({ seen: false });
      expect(await runs()).toMatchObject([{ state: 'completed' }]);
    }));
});

describe('a start that a simulated portal does not answer well', () => {
  it.each([
    ['is lost after it ran', '6', 1],
    ['is reset before it ran', '7', 0],
    ['meets the page of a proxy', '8', 0],
    ['has its answer cut', '9', 1],
    ['throws in its first step, after it ran', '13', 1],
  ])('is in doubt when it %s', (_, definition, executed) =>
    withSandbox(async ({ open, runs }) => {
      const failure = await failureOf(open(''), orderOf(definition));

      expect(failure).toBeInstanceOf(InDoubt);
      expect(await runs()).toHaveLength(executed);
    }),
  );

  it('is refused when the user may not', () =>
    withSandbox(async ({ open, runs }) => {
      const failure = await failureOf(open(''), orderOf('5'));

      expect(failure).toMatchObject({ name: 'Refused', because: 'permission', native: { code: 'ACCESS_DENIED' } });
      expect(await runs()).toEqual([]);
    }));

  it('is refused when the document is missing or of another type', () =>
    withSandbox(async ({ open }) => {
      const missing = await failureOf(open(''), orderOf('1', { subject: { type: 'crm.lead', id: '9999999' } }));
      const other = await failureOf(open(''), orderOf('1', { subject: { type: 'crm.deal', id: '1' } }));

      expect(missing).toMatchObject({ because: 'rejected', native: { message: 'Wrong DOCUMENT_ID!' } });
      expect(other).toMatchObject({ because: 'rejected' });
    }));

  it('waits for the limit and passes at its second try', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');

      expect(await failureOf(portal, orderOf('12'))).toMatchObject({ name: 'Busy', because: 'limit' });
      expect(await portal.start(orderOf('12'), command())).toMatchObject({ state: 'running' });
      expect(await runs()).toHaveLength(1);
    }));

  it('is in doubt when the time is over before a slow answer', () =>
    withSandbox(async ({ open, runs }) => {
      const call = { signal: AbortSignal.timeout(300), mayWrite: () => true };

      await expect(open('').start(orderOf('10'), call)).rejects.toBeInstanceOf(InDoubt);
      expect(await runs()).toHaveLength(1);
    }));

  it('was not sent when it was called off on the socket', () =>
    withSandbox(async ({ open, requests }) => {
      const late = { signal: AbortSignal.timeout(5_000), mayWrite: () => false };

      await expect(open('').start(orderOf('1'), late)).rejects.toMatchObject({ name: 'Unreached' });
      expect(await requests()).toEqual([]);
    }));
});

describe('looking at runs', () => {
  it('takes one request for all of them, and asks nobody about none', () =>
    withSandbox(async ({ open, sent }) => {
      const portal = open('');
      await portal.start(orderOf('3'), command());
      const ids = ['0123456789abcdef0123456789abcdef', '66e81a641752f8.56521481'];

      const seen = await portal.observe(
        ids.map((nativeId) => ({ nativeId, definition: '3' })),
        read(),
      );

      expect([...seen.values()]).toMatchObject([{ seen: true }, { seen: false }]);
      expect(sent).toHaveLength(2);
      expect(await portal.observe([], read())).toEqual(new Map());
    }));

  it('leaves out a run whose read failed, and says why when nothing was read', () =>
    withSandbox(async ({ open }) => {
      const portal = open('');
      const document = { nativeId: 'b6f5f1f1', definition: 'sign.b2e.document' };
      const gone = { nativeId: '66e81a641752f8.56521481', definition: '1' };

      expect([...(await portal.observe([document, gone], read())).keys()]).toEqual([gone.nativeId]);
      await expect(portal.observe([document], read())).rejects.toMatchObject({ because: 'capability' });
    }));

  it('is refused, not answered with absence, for a user who is no administrator', () =>
    withSandbox(async ({ open }) => {
      const portal = open('', {}, { userId: 2, secret: 'sandboxwebhook02' });
      const run = { nativeId: '66e81a641752f8.56521481', definition: '1' };

      await expect(portal.observe([run], read())).rejects.toMatchObject({ because: 'permission' });
    }));
});
