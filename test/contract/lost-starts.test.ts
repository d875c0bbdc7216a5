import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Platform } from '../../src/platforms/platform.js';
import type { LostLook, LostSpan, StartOrder } from '../../src/platforms/run.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';
import { command, portalOf, read, type SuitePortal } from './portal-of.js';

describe.each(sandboxKinds)('a lost start of $platform', (sandboxKind) => {
  let portal: SuitePortal;
  let order: StartOrder;

  beforeEach(async () => {
    portal = await portalOf(sandboxKind);
    const given = await portal.order('waits');
    if (!given) throw new Error('There is no start that waits');
    order = given;
    // A portal that keeps run ids of our choice would name the run by itself.
    await portal.control('run-ids', { keeps: false });
  });

  afterEach(async () => {
    await portal.close();
  });

  async function lose(how: 'lose' | 'lose-before'): Promise<LostSpan> {
    await portal.control('answers', { operation: 'start', do: how, next: 1 });
    const from = new Date();
    await expect(portal.platform.start(order, command())).rejects.toMatchObject({ name: 'InDoubt' });
    return { from, to: new Date() };
  }

  async function look(span: LostSpan): Promise<LostLook> {
    const found = await portal.platform.findLost?.(order, span, read());
    if (!found) throw new Error('The platform cannot look');
    return found;
  }

  const idsOf = ({ candidates }: LostLook): readonly string[] => candidates.map(({ nativeId }) => nativeId);
  const start = (by: Platform, what: StartOrder): Promise<unknown> => by.start(what, command());

  it('is found among the runs of others, of other documents or processes, and of other times', async () => {
    await portal.control('clock', { aheadSeconds: -60 });
    await start(portal.platform, portal.again(order));
    await portal.control('clock', { aheadSeconds: 0 });
    await start(await portal.asSomebodyElse(), portal.again(order));
    await start(portal.platform, await portal.elsewhere(order));
    const before = await portal.runs();
    const span = await lose('lose');
    const runs = await portal.runs();
    const ran = runs.filter(({ nativeId }) => !before.some((run) => run.nativeId === nativeId));

    const { candidates, clockAheadMs } = await look(span);

    expect(candidates).toMatchObject([{ nativeId: ran[0]?.nativeId, run: { state: 'running' } }]);
    expect(candidates[0]?.reasons.length).toBeGreaterThanOrEqual(3);
    expect([ran.length, Math.abs(clockAheadMs ?? 60_000) < 2000]).toEqual([1, true]);
  });

  it('is not found where it never ran', async () => {
    expect(idsOf(await look(await lose('lose-before')))).toEqual([]);
  });

  it('is not alone where the same was started once more by us', async () => {
    const span = await lose('lose');
    await start(portal.platform, portal.again(order));

    expect(idsOf(await look({ ...span, to: new Date() }))).toHaveLength(2);
  });

  it.each([3600, -3600])(
    'is found where the clock of the platform is %i s ahead, in our time',
    async (aheadSeconds) => {
      await portal.control('clock', { aheadSeconds });
      const span = await lose('lose');

      const { candidates, clockAheadMs } = await look(span);

      expect(Math.abs((clockAheadMs ?? 0) - aheadSeconds * 1000)).toBeLessThan(2000);
      expect(Math.abs((candidates[0]?.startedAt?.getTime() ?? 0) - span.from.getTime())).toBeLessThan(3000);
    },
  );

  it('is looked for with one request', async () => {
    const span = await lose('lose');
    await look(span);
    const before = portal.sent();

    await look(span);

    expect(portal.sent() - before).toBe(1);
  });

  it('holds the lane of what looks alike from outside, and no other', async () => {
    const { platform } = portal;
    const { key } = platform.laneOf(order);

    expect(platform.laneOf(portal.again({ ...order, variables: {} })).key).toBe(key);
    expect(platform.laneOf(await portal.elsewhere(order)).key).not.toBe(key);
    expect(key.length).toBeLessThanOrEqual(1000);
  });

  it('can be judged by a variable of its own in the log of the platform', async () => {
    const [name] = Object.keys(order.variables);
    const marked = { ...order, variables: { ...order.variables, [name ?? '']: 'the one and only' } };
    await start(portal.platform, marked);

    const runs = await portal.runs();

    expect(runs.filter(({ variables }) => Object.values(variables).includes('the one and only'))).toHaveLength(1);
  });
});
