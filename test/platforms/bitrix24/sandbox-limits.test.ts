import { describe, expect, it } from '@jest/globals';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { until } from '../../until.js';
import { command, orderOf, read, withSandbox, type OpenSandbox } from './open-sandbox.js';

const signing = 'sign.b2e.document';

const numbered = (n: number): string => n.toString(16).padStart(32, '0');

/** How many of these starts were taken, and how many turned away for the limit. */
async function startsOf(portal: ReturnType<OpenSandbox['open']>, count: number, first = 0): Promise<[number, number]> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, n) => portal.start(orderOf('3', { runId: numbered(first + n) }), command())),
  );
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [Object(one.reason).because] : []));
  expect(new Set(refused).size).toBeLessThanOrEqual(1);
  return [count - refused.length, refused.filter((because) => because === 'limit').length];
}

describe('the limits of the simulated portal', () => {
  it('turn away what goes over the brim, execute nothing of it, and drain', () =>
    withSandbox(async ({ open, control, runs, requests }) => {
      await control('limits', { burst: 5, perSecond: 5 });
      const portal = open('');

      const [taken, refused] = await startsOf(portal, 20);
      expect([taken, refused]).toEqual([expect.any(Number), 20 - taken]);
      expect(taken).toBeGreaterThanOrEqual(5);
      expect(taken).toBeLessThanOrEqual(7);
      expect(await runs()).toHaveLength(taken);
      const lines = await requests();
      expect(lines.filter(({ status }) => status === 503).map(({ executed }) => executed)).toEqual(
        Array.from({ length: refused }, () => false),
      );

      await until(async () => (await startsOf(portal, 1, 100))[0], 'a drop out of the bucket');
      await control('limits', { burst: null });
      expect(await startsOf(portal, 20, 200)).toEqual([20, 0]);
    }));

  it('count a batch as one request', () =>
    withSandbox(async ({ open, control }) => {
      await control('limits', { burst: 1, perSecond: 0.001 });
      const runs = Array.from({ length: 50 }, (_, n) => ({ nativeId: numbered(n), definition: '3' }));

      expect((await open('').observe(runs, read())).size).toBe(50);
      await expect(open('').observe(runs, read())).rejects.toMatchObject({ because: 'limit', method: null });
    }));

  it('block the one method that has used up its work, and tell until when', () =>
    withSandbox(async ({ open, control, requests }) => {
      await control('limits', { method: 'bizproc.workflow.start', operatingSeconds: 480, resetsInSeconds: 120 });
      const portal = open('');

      const failure: unknown = await portal.start(orderOf('3'), command()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'Busy', because: 'limit', method: 'bizproc.workflow.start' });
      expect(Math.abs(Number(Object(failure).retryAfterMs) - 120_000)).toBeLessThan(2000);
      expect(await requests()).toMatchObject([{ operation: 'start', status: 429, executed: false }]);
      expect((await portal.observe([{ nativeId: 'a', definition: '3' }], read())).size).toBe(1);
    }));

  it('let a method work again when its time has come', () =>
    withSandbox(async ({ open, control }) => {
      const method = 'bizproc.workflow.start';
      await control('limits', { method, operatingSeconds: 480, resetsInSeconds: 0.1, tellsReset: false });

      await until(async () => (await startsOf(open(''), 1))[0], 'the next window');
      await control('limits', { method, operatingSeconds: 479 });
      expect(await startsOf(open(''), 1, 1)).toEqual([1, 0]);
    }));

  it('block a method inside a batch too', () =>
    withSandbox(async ({ open, control }) => {
      await control('limits', { method: 'bizproc.workflow.instances', operatingSeconds: 500 });
      const look = open('').observe([{ nativeId: 'a', definition: '3' }], read());

      await expect(look).rejects.toMatchObject({ because: 'limit', method: 'bizproc.workflow.instances' });
    }));
});

describe('a simulated portal that does not keep run ids', () => {
  it('makes its own from then on, and runs the same twice', () =>
    withSandbox(async ({ open, control, runs }) => {
      const portal = open('');
      await control('run-ids', { keeps: false });
      const told = [await portal.start(orderOf('3'), command()), await portal.start(orderOf('3'), command())];
      await control('run-ids', { keeps: true });

      expect(told).toMatchObject([{ runId: 'ignored' }, { runId: 'ignored' }]);
      expect(await portal.start(orderOf('3'), command())).toMatchObject({ runId: 'kept' });
      expect(await runs()).toHaveLength(3);
    }));
});

describe('an order to answer otherwise', () => {
  it('meets a document for signature as a start and as a sending', () =>
    withSandbox(async ({ open, control, runs }) => {
      const portal = open('-app');
      const { variables } = Object(bitrix24.examples.starts.find(({ body }) => body['definition'] === signing)?.body);
      const document = orderOf(signing, { subject: null, variables });
      for (const operation of ['send', 'start']) {
        await control('answers', { operation, do: 'lose', next: 1 });
        await expect(portal.start(document, command())).rejects.toMatchObject({ name: 'InDoubt' });
      }
      await control('answers', { operation: 'send', do: 'lose' });

      expect(await portal.start(orderOf('3'), command())).toMatchObject({ state: 'running' });
      const ran = await runs();
      expect(ran.map(({ definition }) => String(definition)).toSorted()).toEqual(['3', signing, signing]);
      // The portal tells what was sent, save the document itself.
      expect(ran).toContainEqual(
        expect.objectContaining({
          variables: expect.objectContaining({ externalSettings: variables.externalSettings }),
        }),
      );
      expect(JSON.stringify(ran)).not.toContain('fileContent');
    }));

  it('meets a kill, which is lost after it was executed', () =>
    withSandbox(async ({ open, control, runs }) => {
      const { nativeId } = await open('').start(orderOf('3'), command());
      const run = { nativeId: String(nativeId), definition: '3' };
      await control('answers', { operation: 'kill', do: 'lose', next: 1, definition: '3' });

      await expect(open('').kill?.(run, command())).rejects.toMatchObject({ name: 'InDoubt' });
      expect(await runs()).toMatchObject([{ state: 'killed' }]);
      await expect(open('').kill?.(run, command())).rejects.toMatchObject({ because: 'not_found' });
    }));
});
