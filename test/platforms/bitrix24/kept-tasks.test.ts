import { describe, expect, it } from '@jest/globals';
import { KeptTasks, type KeptTask } from '../../../src/platforms/bitrix24/sandbox/kept-tasks.js';

/** Tasks that are kept nowhere but in memory. */
function tasks(): KeptTasks {
  const kept: KeptTasks = new KeptTasks((task) => kept.remember(task));
  return kept;
}

const only = (kept: KeptTasks): KeptTask => {
  const [task] = [...kept];
  if (!task) throw new Error('There is no task');
  return task;
};

describe('the tasks that a simulated portal keeps', () => {
  it('are read from a file of before, when a task had one user', () => {
    const kept = tasks();
    kept.remember({ id: '1', runNumber: 0, name: 'Approve', userId: '7', status: 0 });
    kept.remember({ id: '2', runNumber: 1, name: 'Approve', userId: '7', status: 5 });
    kept.ended(0);

    expect([...kept]).toMatchObject([
      { id: '1', users: [{ userId: '7', status: 0 }], status: 5 },
      { id: '2', users: [{ userId: '7', status: 0 }], status: 5 },
    ]);
  });

  it('are over once all have approved, or one has not', () => {
    const kept = tasks();
    kept.add({ runNumber: 0, name: 'Approve' }, ['1', '2']);
    const task = only(kept);
    const [first, second] = task.users;
    if (!first || !second) throw new Error('A user is missing');

    kept.answer(task, first, 1);
    expect(task.status).toBe(0);
    kept.answer(task, second, 4);
    expect(task.status).toBe(5);
  });

  it('are with one user once, also where it is delegated to somebody who has it', () => {
    const kept = tasks();
    kept.add({ runNumber: 0, name: 'Approve' }, ['1', '2']);
    const task = only(kept);
    const [first] = task.users;
    if (!first) throw new Error('A user is missing');

    kept.delegate(task, first, '2');

    expect(task.users).toEqual([{ userId: '2', status: 0 }]);
  });
});
