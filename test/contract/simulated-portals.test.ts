import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../src/lib/json.js';
import type { StartOrder } from '../../src/platforms/run.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';
import { until } from '../until.js';
import { command, portalOf, read, type SuitePortal } from './portal-of.js';

describe.each(sandboxKinds)('the simulated portal of $platform', (sandboxKind) => {
  let portal: SuitePortal;
  let order: StartOrder;

  beforeEach(async () => {
    portal = await portalOf(sandboxKind);
    const given = await portal.order('waits');
    if (!given) throw new Error('There is no start that waits');
    order = given;
  });

  afterEach(async () => {
    await portal.close();
  });

  const start = async (limitMs?: number): Promise<{ nativeId: string | null }> => {
    const { platform } = portal;
    // A portal may want another session while the one that stands is busy.
    if (platform.signedIn?.() === false) await platform.signIn?.(read());
    return platform.start(portal.again(order), command(limitMs));
  };

  /** In short what came of a start: the name of its error, or that it went well. */
  const wordOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'fine',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    );

  async function turned(path: string, body: JsonObject): Promise<void> {
    expect((await portal.control(path, body)).status).toBe(200);
  }

  it.each([
    ['lose', 1, null],
    ['lose-before', 0, null],
    ['html-502', 0, 502],
    ['truncate', 1, 200],
    ['empty-200', 1, 200],
    ['hang', 1, null],
  ] as const)('can %s the next start, which runs %i times, and answers the one after it', async (how, ran, status) => {
    await turned('answers', { operation: 'start', do: how, next: 1 });

    expect(await wordOf(start(400))).toBe('InDoubt');
    expect(await portal.runs()).toHaveLength(ran);
    expect((await portal.requests()).at(-1)).toMatchObject({ executed: ran === 1, status });
    expect(await wordOf(start())).toBe('fine');
  });

  it('keeps to its order until told otherwise, and to one definition where one is named', async () => {
    await turned('answers', { operation: 'start', do: 'lose', definition: 'another' });
    expect(await wordOf(start())).toBe('fine');

    await turned('answers', { operation: 'start', do: 'lose', definition: order.definition });
    expect([await wordOf(start()), await wordOf(start())]).toEqual(['InDoubt', 'InDoubt']);

    await turned('answers', { operation: 'start', do: 'answer' });
    expect(await wordOf(start())).toBe('fine');
  });

  it.each(['terminate', 'observe'] as const)('can lose a %s', async (operation) => {
    const { nativeId } = await start();
    const run = { nativeId: nativeId ?? '', definition: order.definition };
    await turned('answers', { operation, do: 'lose-before', next: 1 });
    const { platform } = portal;
    const once = (): Promise<unknown> =>
      operation === 'observe'
        ? platform.observe([run], read())
        : (platform.terminate?.(run, null, command()) ?? Promise.reject(new Error('There is no terminate')));

    expect([await wordOf(once()), await wordOf(once())]).toEqual(['InDoubt', 'fine']);
  });

  it('can take its time to answer what it has executed at once', async () => {
    await turned('delay', { operation: 'start', ms: 60_000 });
    const waiting = start();

    await until(async () => (await portal.runs()).length, 'the run');
    const pending = (await portal.requests()).filter(({ executed }) => executed);
    await turned('delay', { operation: 'start', ms: 0 });

    expect(pending).toMatchObject([{ status: null }]);
    expect(await wordOf(start())).toBe('fine');
    await portal.close();
    expect(await wordOf(waiting)).toBe('InDoubt');
  });

  it.each([
    ['answers', { operation: 'start', do: 'sing' }],
    ['answers', { operation: 'sleep', do: 'lose' }],
    ['answers', { operation: 'start', do: 'lose', times: 2 }],
    ['delay', { operation: 'start' }],
    ['clock', { aheadSeconds: 'late' }],
  ])('refuses what it does not understand: %s %j', async (path, body) => {
    expect((await portal.control(path, body)).status).toBe(422);
  });

  it('has no other controls', async () => {
    expect((await portal.control('nothing', {})).status).toBe(404);
  });
});
