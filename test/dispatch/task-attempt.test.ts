import { attemptTask } from '../../src/dispatch/task-attempt.js';
import { InDoubt, Refused } from '../../src/platforms/platform.errors.js';
import type { Platform } from '../../src/platforms/platform.js';
import type { SeenTasks } from '../../src/platforms/task.js';
import { aProcess, intended } from '../processes/samples.js';
import { aPlatform } from './engine.js';

const running = aProcess({ state: 'running', nativeId: '77' });
const input = { taskId: 'sales:5', nativeTaskId: '5', by: 'erp', status: 'yes', comment: 'fine', fields: { A: '1' } };
const call = () => ({ signal: AbortSignal.timeout(1000) });

/** A platform that refuses to complete the task, and then tells of it so. */
function refusing(look: () => Promise<SeenTasks>): Platform {
  return Object.assign(aPlatform(), {
    completeTask: async () => {
      throw new Refused('not_found', 'No such task');
    },
    readTasks: look,
  });
}

async function settled(platform: Platform) {
  const context = { platform, call: call(), lookCall: call, signedInAnew: false, earlierUnknown: false };
  const attempted = await attemptTask(intended(running, 'complete_task', { input }), context);
  return attempted.settle(running, { retryAfterMs: 1000 });
}

describe('an attempt to complete a task', () => {
  it('sends what was ordered', async () => {
    const asked: unknown[] = [];
    const platform = Object.assign(aPlatform(), { completeTask: async (given: object) => void asked.push(given) });

    expect(await settled(platform)).toMatchObject({ operation: { state: 'done' }, answer: { word: 'confirmed' } });
    expect(asked).toMatchObject([{ nativeTaskId: '5', status: 'yes', comment: 'fine', fields: { A: '1' } }]);
  });

  it('that is refused is judged by how the task stands then', async () => {
    const nothing: SeenTasks = { tasks: new Map(), actsAs: '1' };

    expect(await settled(refusing(async () => nothing))).toMatchObject({
      attempt: { class: 'refused' },
      operation: { state: 'refused' },
      answer: { extra: { code: 'not-found' } },
    });
  });

  it('that is refused is made again where the task cannot be read, and not where it may not be', async () => {
    const failing = async () => {
      throw new InDoubt('Cut');
    };
    const forbidden = async () => {
      throw new Refused('permission', 'No');
    };

    expect(await settled(refusing(failing))).toMatchObject({ operation: { state: 'queued' }, answer: null });
    expect(await settled(refusing(forbidden))).toMatchObject({ answer: { extra: { code: 'not-found' } } });
  });

  it('without an order that can be read is never taken for a refusal', async () => {
    const platform = refusing(async () => ({ tasks: new Map(), actsAs: '1' }));
    const context = { platform, call: call(), lookCall: call, signedInAnew: false, earlierUnknown: false };

    const { verdict } = await attemptTask(intended(running, 'complete_task', { input: {} }), context);

    expect(verdict).toMatchObject({ is: 'unknown' });
  });
});
