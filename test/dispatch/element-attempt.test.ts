import { describe, expect, it } from '@jest/globals';
import { attemptOf } from '../../src/dispatch/attempts.js';
import type { Platform } from '../../src/platforms/platform.js';
import { aProcess, intended } from '../processes/samples.js';
import { aPlatform } from './engine.js';

const running = aProcess({ state: 'running', nativeId: '77' });
const input = { elementId: 'ours', nativeElementId: '5', variables: {} };
const call = () => ({ signal: AbortSignal.timeout(1000) });

/** Whether the command is said to have executed it. */
async function executed(isExecuted: boolean, earlierUnknown: boolean): Promise<unknown> {
  const platform: Platform = Object.assign(aPlatform(), { completeElement: async () => isExecuted });
  const context = { platform, call: call(), lookCall: call, signedInAnew: false, earlierUnknown };
  const attempted = await attemptOf.complete_element(intended(running, 'complete_element', { input }), context);
  const circumstances = { at: new Date(), stops: [], retryAfterMs: 0, otherUnknown: false, keepsRunIds: false };
  return attempted.settle(running, { ...circumstances, idIsTaken: false }).answer?.extra;
}

describe('an element that is completed', () => {
  it.each([
    ['by the first attempt', true, false, true],
    ['before, by somebody else', false, false, false],
    ['before, while the answer to an earlier attempt of the same command was lost', false, true, true],
  ])('%s', async (_, isExecuted, earlierUnknown, told) => {
    expect(await executed(isExecuted, earlierUnknown)).toEqual({ executed: told });
  });
});
