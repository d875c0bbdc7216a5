import { abandoned } from '../../src/dispatch/unanswered.js';
import { settleTask } from '../../src/dispatch/settle-task.js';
import { isPointless } from '../../src/dispatch/settle-unsent.js';
import type { TaskSighting } from '../../src/dispatch/task-refusal.js';
import { verdictOf } from '../../src/dispatch/verdict.js';
import { Busy, InDoubt, Refused, Unreached, type RefusedBecause } from '../../src/platforms/platform.errors.js';
import type { Task } from '../../src/platforms/task.js';
import { CommandRefused } from '../../src/processes/outcome.errors.js';
import type { Settlement } from '../../src/processes/process.store.js';
import { anOperation, aProcess, at, intended } from '../processes/samples.js';

const running = aProcess({ state: 'running', nativeId: '77', revision: 3 });
const completion = { taskId: 'sales:5', nativeTaskId: '5', by: 'erp', status: 'yes', comment: null, fields: {} };
const delegation = { taskId: 'sales:5', nativeTaskId: '5', by: 'erp', fromUserId: '1', toUserId: '2' };

const waiting: Task = {
  nativeId: '5',
  runId: '77',
  definition: '1',
  name: 'Approve',
  state: 'waiting',
  assignees: ['1'],
  answers: [],
  statuses: null,
  commentRequiredFor: [],
  fields: [],
  dueAt: null,
};
const seen = (task: Partial<Task> | null): TaskSighting => ({ actsAs: '1', task: task && { ...waiting, ...task } });
const ours = seen({ state: 'completed', answers: [{ assignee: '1', status: 'yes' }] });
const gone = seen(null);
const unseen = null;

interface Given {
  readonly kind?: 'complete_task' | 'delegate_task';
  readonly error?: Error;
  readonly sighting?: TaskSighting | null;
  readonly mayHaveRun?: boolean;
}

function settled({ kind = 'complete_task', error, sighting = null, mayHaveRun = false }: Given): Settlement {
  const input = kind === 'complete_task' ? completion : delegation;
  const verdict = verdictOf<void>(error ? { error } : { answer: undefined }, false);
  return settleTask(intended(running, kind, { input }), running, { verdict, sighting, mayHaveRun, retryAfterMs: 2000 });
}

/** What a caller is told: the code of a refusal, or the last word, or that it is said again. */
function toldBy({ answer, operation }: Settlement): string {
  if (!answer) return `again, ${operation.state} for ${operation.retryAfterMs} ms`;
  return answer.word === 'refused' ? new CommandRefused(answer.extra).code : answer.word;
}

const refused = (because: RefusedBecause) => new Refused(because, 'No', { code: 'X', message: 'No', httpStatus: 400 });

describe('a command on a task that was carried out', () => {
  it('is news of its process, whose state stays', () => {
    const { change, operation, answer } = settled({});

    expect([operation.state, answer]).toEqual(['done', { word: 'confirmed', extra: null }]);
    expect(change.process).toEqual({ ...running, revision: 4 });
    expect(change.news).toEqual([{ type: 'task.completed', data: { taskId: 'sales:5', by: 'erp', status: 'yes' } }]);
    expect(settled({ kind: 'delegate_task' }).change.news).toEqual([
      { type: 'task.delegated', data: { taskId: 'sales:5', by: 'erp', fromUserId: '1', toUserId: '2' } },
    ]);
  });
});

describe('a completion that the platform refuses', () => {
  it.each<[string, RefusedBecause, TaskSighting | null, boolean, string]>([
    ['completed before, for all we know by somebody else', 'done', ours, false, 'task-already-completed'],
    ['completed before, and our lost try stands', 'done', ours, true, 'confirmed'],
    [
      'completed before, our user with another answer',
      'done',
      seen({ answers: [{ assignee: '1', status: 'no' }] }),
      true,
      'task-already-completed',
    ],
    [
      'completed before, by another user',
      'done',
      seen({ answers: [{ assignee: '3', status: 'yes' }] }),
      true,
      'task-already-completed',
    ],
    ['completed before, and gone', 'done', gone, false, 'task-already-completed'],
    ['gone after a lost try', 'done', gone, true, 'platform-outcome-unknown'],
    ['of somebody else', 'not_found', seen({ assignees: ['3'] }), false, 'not-assignee'],
    ['not there', 'not_found', gone, false, 'not-found'],
    ['not there after a lost try', 'not_found', gone, true, 'platform-outcome-unknown'],
    ['not found, and our lost try stands', 'not_found', ours, true, 'confirmed'],
    ['not found although it is over', 'not_found', seen({ state: 'cancelled' }), false, 'task-already-completed'],
    ['not found although it is ours', 'not_found', seen({}), false, 'platform-rejected'],
    ['not what the task takes', 'rejected', seen({}), false, 'platform-rejected'],
    ['refused in what came after our answer, which stands', 'rejected', ours, false, 'confirmed'],
    ['forbidden', 'permission', unseen, true, 'platform-permission-denied'],
    ['not in the tariff', 'plan', unseen, false, 'plan-restricted'],
    ['impossible', 'capability', unseen, false, 'capability-not-supported'],
    ['refused, and the task cannot be read', 'done', unseen, true, 'again, queued for 2000 ms'],
  ])('as %s', (_, because, sighting, mayHaveRun, told) => {
    expect(toldBy(settled({ error: refused(because), sighting, mayHaveRun }))).toBe(told);
  });
});

describe('a refused command on a task that cannot be read then', () => {
  it.each<[string, 'complete_task' | 'delegate_task', RefusedBecause, string]>([
    [
      'may have been carried out where the complaint may have come after the answer',
      'complete_task',
      'rejected',
      'unknown',
    ],
    ['was not carried out where the task was done before', 'complete_task', 'done', 'refused'],
    ['was not carried out where it is not there', 'complete_task', 'not_found', 'refused'],
    ['was not carried out where it was a delegation', 'delegate_task', 'rejected', 'refused'],
  ])('%s', (_, kind, because, kept) => {
    const settlement = settled({ kind, error: refused(because), sighting: unseen });

    expect(settlement).toMatchObject({
      operation: { state: 'queued' },
      attempt: { class: kept, message: 'No', nativeFault: { code: 'X' } },
      answer: null,
    });
  });
});

describe('a delegation that the platform refuses', () => {
  const delegated = seen({ assignees: ['2', '3'] });

  it.each<[string, RefusedBecause, TaskSighting | null, boolean, string]>([
    ['since our lost try stands', 'rejected', delegated, true, 'confirmed'],
    ['since somebody else did it', 'rejected', delegated, false, 'platform-rejected'],
    ['since it is over', 'rejected', seen({ state: 'completed' }), false, 'task-already-completed'],
    ['since it is not there', 'not_found', gone, false, 'not-found'],
    ['and which is not there after a lost try', 'not_found', gone, true, 'platform-outcome-unknown'],
    ['and whose task cannot be read', 'rejected', unseen, false, 'again, queued for 2000 ms'],
  ])('%s', (_, because, sighting, mayHaveRun, told) => {
    expect(toldBy(settled({ kind: 'delegate_task', error: refused(because), sighting, mayHaveRun }))).toBe(told);
  });

  it.each([
    ['/fromUserId', ['3']],
    ['/toUserId', ['1']],
  ])('points at %s where the task is with %s', (pointer, assignees) => {
    const { answer } = settled({ kind: 'delegate_task', error: refused('rejected'), sighting: seen({ assignees }) });

    expect(new CommandRefused(answer?.extra ?? null)).toMatchObject({
      code: 'platform-rejected',
      platform: { code: 'X' },
      faults: [{ pointer, kind: 'value', message: expect.stringContaining('name') }],
    });
  });
});

describe('a command on a task that may not have been carried out', () => {
  it.each<[string, Error, number]>([
    ['lost', new InDoubt('Cut'), 2000],
    ['never sent', new Unreached('No'), 2000],
    ['turned away', new Busy('limit', 'Later', null, 30_000), 30_000],
  ])('is said again where it was %s', (_, error, retryAfterMs) => {
    expect(settled({ error })).toMatchObject({ operation: { state: 'queued', retryAfterMs }, answer: null });
  });

  it.each(['complete_task', 'delegate_task'] as const)('is said again where its worker is gone: %s', (kind) => {
    const attempted = abandoned(intended(running, kind, { input: kind === 'complete_task' ? completion : delegation }));
    const now = { at, stops: [], retryAfterMs: 1000, otherUnknown: false, keepsRunIds: false, idIsTaken: false };

    expect(attempted.verdict).toMatchObject({ is: 'unknown' });
    expect(attempted.settle(running, now)).toMatchObject({
      operation: { state: 'queued', retryAfterMs: 1000 },
      attempt: { class: 'unknown' },
      answer: null,
    });
  });

  it('is said again although its run is over, since it may have ended it; one that was never sent is not', () => {
    const ended = aProcess({ state: 'ended', nativeId: '77' });
    const claimed = (attempts: number) => {
      const operation = anOperation(ended, 'complete_task', { attempts });
      return { operation, process: ended, lease: { operationId: operation.id, fencingToken: 1n } };
    };

    expect([isPointless(claimed(0)), isPointless(claimed(1))]).toEqual([true, false]);
  });
});
