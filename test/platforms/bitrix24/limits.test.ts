import { describe, expect, it } from '@jest/globals';
import type { MethodUse } from '../../../src/platforms/run.js';
import { answer, answering, answeringInTurn, oauthAuth } from './answering.js';
import { command, orderOf, read } from './open-sandbox.js';

const run = { nativeId: '66e81a641752f8.56521481', definition: '1' };
const started = { result: 'a1.1' };
const limited = { error: 'OPERATION_TIME_LIMIT', error_description: 'Method is blocked due to operation time limit.' };

/** The `time` of an answer now, by a clock that is ahead by so many seconds. */
function timeNow(more: object, aheadSeconds = 0): object {
  const now = Date.now() / 1000 + aheadSeconds;
  return { start: now, finish: now, ...more };
}

const inSeconds = (seconds: number, aheadSeconds = 0): number => Math.floor(Date.now() / 1000) + seconds + aheadSeconds;

async function failureOf(attempt: Promise<unknown> | undefined): Promise<{ retryAfterMs: number; method: string }> {
  const failure: unknown = await Promise.resolve(attempt).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'Busy', because: 'limit', executed: 'no' });
  return Object(failure);
}

describe('the work of methods', () => {
  it('is told with every answer that counts it, by our clock', async () => {
    const spent: MethodUse[] = [];
    const time = timeNow({ operating: 12.5, operating_reset_at: inSeconds(300, 3600) }, 3600);
    await answeringInTurn([answer(200, { ...started, time })], { spent }).start(orderOf('1'), command());

    expect(spent).toMatchObject([{ method: 'bizproc.workflow.start', operatingSeconds: 12.5, allowedSeconds: 480 }]);
    expect(Math.abs((spent[0]?.resetsAt?.getTime() ?? 0) - Date.now() - 300_000)).toBeLessThan(2000);
  });

  it('begins anew when the whole second that is told is over', async () => {
    const spent: MethodUse[] = [];
    const told = inSeconds(300);
    const time = timeNow({ operating: 12.5, operating_reset_at: told });
    await answeringInTurn([answer(200, { ...started, time })], { spent }).start(orderOf('1'), command());

    expect(spent[0]?.resetsAt?.getTime()).toBeGreaterThan(told * 1000 + 900);
  });

  it('is told for the commands of a batch under their own names, as it has added up', async () => {
    const spent: MethodUse[] = [];
    const resets = { operating_reset_at: inSeconds(60) };
    const times = { r0: { operating: 3, ...resets }, r1: { operating: 4, ...resets }, r2: { operating: 9 } };
    const result = { result: { r0: [], r1: [] }, result_error: [], result_time: times };
    const told = answer(200, { result, time: timeNow({}) });

    const document = { nativeId: 'c', definition: 'sign.b2e.document' };
    await answeringInTurn([told], { spent }).observe([run, { ...run, nativeId: 'b' }, document], read());

    expect(spent).toMatchObject([
      { method: 'bizproc.workflow.instances', operatingSeconds: 4, resetsAt: expect.any(Date) },
      { method: 'sign.b2e.document.get', operatingSeconds: 9, resetsAt: null },
    ]);
  });

  it.each([{}, { time: {} }, { time: [] }, { time: { operating: null } }, { time: 'soon' }])(
    'is not guessed from %j',
    async (more) => {
      const spent: MethodUse[] = [];
      await answeringInTurn([answer(200, { ...started, ...more })], { spent }).start(orderOf('1'), command());

      expect(spent).toEqual([]);
    },
  );

  it('is counted under the same names as its limits', () => {
    const portal = answering(answer(200, started), oauthAuth);
    const document = 'sign.b2e.document';

    expect(portal.methodOf?.('start', '1')).toBe('bizproc.workflow.start');
    expect(portal.methodOf?.('start', document)).toBe('sign.b2e.document.send');
    expect(portal.methodOf?.('terminate', '1')).toBe('bizproc.workflow.terminate');
    expect(portal.methodOf?.('kill', '1')).toBe('bizproc.workflow.kill');
    expect(portal.methodOf?.('observe', '1')).toBe('bizproc.workflow.instances');
    expect(portal.methodOf?.('observe', document)).toBe('sign.b2e.document.get');
  });
});

describe('a method that has used up its work', () => {
  it('is named, with the time that its refusal tells, by the clock of the portal', async () => {
    const time = timeNow({ operating: 480, operating_reset_at: inSeconds(120, -3600) }, -3600);
    const portal = answering(answer(429, { ...limited, time }));

    const { method, retryAfterMs } = await failureOf(portal.start(orderOf('1'), command()));

    expect(method).toBe('bizproc.workflow.start');
    expect(Math.abs(retryAfterMs - 120_000)).toBeLessThan(2000);
  });

  it('waits until what its last answer told where the refusal tells no time', async () => {
    const fine = answer(200, { ...started, time: timeNow({ operating: 470, operating_reset_at: inSeconds(90) }) });
    const portal = answeringInTurn([fine, answer(429, limited)]);
    await portal.start(orderOf('1'), command());

    const { retryAfterMs } = await failureOf(portal.start(orderOf('1'), command()));

    expect(Math.abs(retryAfterMs - 90_000)).toBeLessThan(2000);
  });

  it('waits by our own schedule where nothing was ever told, or what was is over', async () => {
    const over = answer(200, { ...started, time: timeNow({ operating: 470, operating_reset_at: inSeconds(-5) }) });
    const portal = answeringInTurn([answer(429, limited), over, answer(429, limited)]);

    expect(await failureOf(portal.start(orderOf('1'), command()))).toMatchObject({ retryAfterMs: null });
    await portal.start(orderOf('1'), command());
    expect(await failureOf(portal.start(orderOf('1'), command()))).toMatchObject({ retryAfterMs: null });
  });

  it('is named where it is a command of a batch', async () => {
    const told = answer(200, { result: { result: [], result_error: { r0: limited } } });

    expect((await failureOf(answering(told).observe([run], read()))).method).toBe('bizproc.workflow.instances');
  });
});

describe('a portal that takes no more requests', () => {
  const full = { error: 'QUERY_LIMIT_EXCEEDED', error_description: 'Too many requests' };

  it('is meant as a whole', async () => {
    const failure = await failureOf(answering(answer(503, full)).start(orderOf('1'), command()));

    expect(failure).toMatchObject({ method: null, retryAfterMs: null });
  });

  it.each([
    ['30', 30_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', null],
    ['99999999', null],
    ['soon', null],
    ['-1', null],
  ])('says how long in Retry-After: %s', async (told, retryAfterMs) => {
    const headers = { 'retry-after': told, date: 'Sat, 21 Nov 2026 10:00:00 GMT' };
    const portal = answering(answer(503, full, headers));

    expect(await failureOf(portal.start(orderOf('1'), command()))).toMatchObject({ retryAfterMs });
  });
});
