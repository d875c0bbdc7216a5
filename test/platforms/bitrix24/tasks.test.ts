import { describe, expect, it } from '@jest/globals';
import type { Task, TaskQuery } from '../../../src/platforms/task.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { InDoubt } from '../../../src/platforms/platform.errors.js';
import { newestOf } from '../../../src/platforms/bitrix24/newest-tasks.js';
import { answer, answering, oauthAuth } from './answering.js';
import { command, orderOf, read, withSandbox, type OpenSandbox } from './open-sandbox.js';

const everything: TaskQuery = { runIds: null, states: null, assignees: null, after: null, limit: 50 };

const listed = async (portal: Platform, query: Partial<TaskQuery> = {}) =>
  portal.tasks?.({ ...everything, ...query }, read());

async function taskIn(portal: Platform, nativeId = '1'): Promise<Task> {
  const seen = await portal.readTasks?.([nativeId], read());
  const task = seen?.tasks.get(nativeId);
  if (!task) throw new Error(`There is no task ${nativeId}`);
  return task;
}

const start = async ({ open }: OpenSandbox, definition: string, variables: Record<string, string> = {}) =>
  open('').start(orderOf(definition, { variables, runId: null }), command());

/** The adapter of another user of the simulated portal. */
const asUser = ({ open }: OpenSandbox, userId: number): Platform =>
  open('', {}, { userId, secret: `sandboxwebhook0${userId}` });

describe('the tasks of a portal', () => {
  it('are one for all their users, with what each of them has answered', () =>
    withSandbox(async (sandbox) => {
      await start(sandbox, '15', { First: 'user_1', Second: 'user_3' });
      const ours = sandbox.open('');

      await ours.completeTask?.({ nativeTaskId: '1', status: 'yes', comment: null, fields: {} }, command());

      expect(await listed(ours)).toEqual({ nativeIds: ['1'], next: null });
      expect(await taskIn(ours)).toMatchObject({
        state: 'waiting',
        assignees: ['1', '3'],
        answers: [{ assignee: '1', status: 'yes' }],
        statuses: ['yes', 'no'],
        commentRequiredFor: ['no', 'cancel'],
        definition: '15',
        fields: [],
      });
      await asUser(sandbox, 3).completeTask?.(
        { nativeTaskId: '1', status: 'yes', comment: null, fields: {} },
        command(),
      );
      expect(await taskIn(ours)).toMatchObject({ state: 'completed', answers: [{}, { assignee: '3', status: 'yes' }] });
      expect(await sandbox.runs()).toMatchObject([{ state: 'completed' }]);
    }));

  it('are those that the user of the connection may see, and the user is named', () =>
    withSandbox(async (sandbox) => {
      await start(sandbox, '1', { Parameter1: 'user_1' });
      await start(sandbox, '1', { Parameter1: 'user_2' });

      expect(await listed(sandbox.open(''))).toEqual({ nativeIds: ['2', '1'], next: null });
      expect(await listed(asUser(sandbox, 2))).toEqual({ nativeIds: ['2'], next: null });
      expect(await asUser(sandbox, 2).readTasks?.(['1', '2'], read())).toMatchObject({
        actsAs: '2',
        tasks: new Map([['2', {}]]),
      });
      expect(await sandbox.open('-app').readTasks?.(['1', 'no number'], read())).toMatchObject({ actsAs: '1' });
      expect(await asUser(sandbox, 2).readTasks?.([], read())).toEqual({ actsAs: '2', tasks: new Map() });
    }));

  it('are filtered by run, state and user, each with one or several', () =>
    withSandbox(async (sandbox) => {
      const first = await start(sandbox, '1', { Parameter1: 'user_1' });
      const second = await start(sandbox, '15', { First: 'user_2', Second: 'user_3' });
      await start(sandbox, '16', { Clerk: 'user_2' });
      const ours = sandbox.open('');
      await ours.completeTask?.({ nativeTaskId: '1', status: 'no', comment: null, fields: {} }, command());
      await asUser(sandbox, 2).completeTask?.(
        { nativeTaskId: '3', status: 'cancel', comment: null, fields: {} },
        command(),
      );
      const ids = async (query: Partial<TaskQuery>) => (await listed(ours, query))?.nativeIds;

      expect(await ids({ runIds: [first.nativeId ?? ''] })).toEqual(['1']);
      expect(await ids({ runIds: [first.nativeId ?? '', second.nativeId ?? ''] })).toEqual(['2', '1']);
      expect(await ids({ runIds: ['none'] })).toEqual([]);
      expect(await ids({ states: ['waiting'] })).toEqual(['2']);
      expect(await ids({ states: ['completed'] })).toEqual(['1']);
      expect(await ids({ states: ['cancelled'] })).toEqual(['3']);
      expect(await ids({ states: ['completed', 'cancelled'] })).toEqual(['3', '1']);
      expect(await ids({ states: ['waiting', 'cancelled'] })).toEqual(['3', '2']);
      expect(await ids({ assignees: ['3'] })).toEqual(['2']);
      expect(await ids({ assignees: ['3', '1'] })).toEqual(['2', '1']);
      expect(await ids({ assignees: ['2'], states: ['waiting'] })).toEqual(['2']);
      expect(await ids({ runIds: Array.from({ length: 60 }, () => first.nativeId ?? '') })).toEqual(['1']);
    }));

  it('come page by page, newest first, none twice and none passed over', () =>
    withSandbox(async (sandbox) => {
      for (let run = 0; run < 130; run += 1) await start(sandbox, '15', { First: 'user_1', Second: 'user_3' });
      const ours = sandbox.open('');
      const met: string[] = [];

      for (let after: string | null = null, pages = 0; pages < 20; pages += 1) {
        const page: Awaited<ReturnType<typeof listed>> = await listed(ours, { after, limit: 45 });
        met.push(...(page?.nativeIds ?? []));
        after = page?.next ?? null;
        if (after === null) break;
      }

      expect(met).toEqual(Array.from({ length: 130 }, (_, index) => String(130 - index)));
    }));

  it('are gone about a day after their run, and with a run that was stopped', () =>
    withSandbox(async (sandbox) => {
      const ours = sandbox.open('');
      const { nativeId } = await start(sandbox, '1', { Parameter1: 'user_1' });
      await start(sandbox, '1', { Parameter1: 'user_1' });
      await ours.terminate?.({ nativeId: nativeId ?? '', definition: '1' }, null, command());
      expect(await listed(ours)).toEqual({ nativeIds: ['2'], next: null });

      await ours.completeTask?.({ nativeTaskId: '2', status: 'yes', comment: null, fields: {} }, command());
      expect(await listed(ours)).toEqual({ nativeIds: ['2'], next: null });
      await sandbox.control('clock', { aheadSeconds: 86_000 });

      expect(await listed(ours)).toEqual({ nativeIds: [], next: null });
    }));
});

describe('a portal that does not do as it is told', () => {
  const row = (ID: number, more: object = {}) => ({
    ID: String(ID),
    WORKFLOW_ID: 'w',
    STATUS: '0',
    USER_ID: '1',
    ...more,
  });
  const full = Array.from({ length: 50 }, (_, index) => row(100 - index));
  const lists = (...rows: readonly object[][]) =>
    answer(200, { result: { result: Object.fromEntries(rows.map((page, at) => [`r${at}`, page])), result_error: [] } });

  it.each([
    ['another order', lists([row(1), row(2)]), {}],
    ['tasks from before the page', lists([row(9)]), { after: '9' }],
    ['what is no list', answer(200, { result: { result: { r0: 'x' }, result_error: [] } }), {}],
    ['a page that is missing', lists(full), {}],
  ])('is not believed where it lists %s', async (_, told, query) => {
    await expect(listed(answering(told), query)).rejects.toBeInstanceOf(InDoubt);
  });

  it('is compared with where it drops a filter without a word', async () => {
    const portal = answering(lists([row(3), row(2, { USER_ID: '2', STATUS: '1' }), row(1, { WORKFLOW_ID: 'x' })]));

    expect(await listed(portal, { runIds: ['x'] })).toMatchObject({ nativeIds: ['1'] });
    expect(await listed(portal, { assignees: ['2'] })).toMatchObject({ nativeIds: ['2'] });
    expect(await listed(portal, { states: ['completed'] })).toMatchObject({ nativeIds: ['2'] });
    await expect(portal.readTasks?.(['7'], read())).rejects.toBeInstanceOf(InDoubt);
  });

  it('tells no user of an application whose profile cannot be read', async () => {
    await expect(answering(lists([]), oauthAuth).readTasks?.(['7'], read())).rejects.toBeInstanceOf(InDoubt);
  });
});

describe('the newest of several lists', () => {
  it('tells nothing that stands below what was read of any', () => {
    expect(
      newestOf(
        [
          { ids: ['9', '7', '5'], readTo: '5' },
          { ids: ['8', '4'], readTo: null },
        ],
        10,
      ),
    ).toEqual({ nativeIds: ['9', '8', '7', '5'], next: '5' });
  });

  it('goes on after the last that fits on the page', () => {
    expect(newestOf([{ ids: ['9', '9', '10'], readTo: null }], 1)).toEqual({ nativeIds: ['10'], next: '10' });
    expect(newestOf([{ ids: ['9'], readTo: null }], 1)).toEqual({ nativeIds: ['9'], next: null });
  });
});

describe('an answer to a task', () => {
  const answered = (task: Task, portal: Platform, given: object) =>
    portal.prepareAnswer?.(task, { status: 'ok', comment: null, fields: {}, ...given });
  const pointers = (prepared: ReturnType<typeof answered>) =>
    prepared?.faults.map(({ pointer, code }) => `${pointer} ${code}`);

  it('is checked against what the task declares', () =>
    withSandbox(async (sandbox) => {
      await start(sandbox, '16');
      await start(sandbox, '15');
      const ours = sandbox.open('');
      const [form, approval] = [await taskIn(ours), await taskIn(ours, '2')];
      const wrong = { Amount: 'much', DueOn: '30.11.2026', Kind: 'gift', Copies: 'no base64!', Nope: 1 };

      expect(pointers(answered(form, ours, { fields: wrong }))).toEqual([
        '/fields/Amount wrong-value',
        '/fields/DueOn wrong-value',
        '/fields/Kind wrong-value',
        '/fields/Copies wrong-value',
        '/fields/Nope unknown-field',
      ]);
      expect(pointers(answered(form, ours, {}))).toEqual(['/fields/Amount required']);
      expect(pointers(answered(form, ours, { status: 'cancel' }))).toEqual([]);
      expect(pointers(answered(form, ours, { status: 'yes', fields: { Amount: 1 } }))).toEqual(['/status unfit']);
      expect(pointers(answered(approval, ours, { status: 'no' }))).toEqual(['/comment required']);
      expect(pointers(answered(approval, ours, { status: 'yes', fields: { Amount: 1 } }))).toEqual([
        '/fields/Amount unknown-field',
      ]);
    }));

  it('goes in the form of the portal, and is taken', () =>
    withSandbox(async (sandbox) => {
      await start(sandbox, '16');
      const ours = sandbox.open('');
      const fields = { Amount: 12.5, DueOn: '2026-11-30', Kind: 'goods', Copies: [['a.txt', 'YQ=='], 'Yg=='] };

      const prepared = answered(await taskIn(ours), ours, { fields: { ...fields, Amount: 12.5, Nothing: null } });
      expect(prepared?.faults).toHaveLength(1);
      const written = answered(await taskIn(ours), ours, { fields })?.fields ?? {};
      await ours.completeTask?.({ nativeTaskId: '1', status: 'ok', comment: 'done', fields: written }, command());

      expect(JSON.parse(sandbox.sent.at(-1)?.body ?? '')).toEqual({
        TASK_ID: 1,
        STATUS: 3,
        COMMENT: 'done',
        FIELDS: { ...fields, Amount: '12.5' },
      });
      expect(await taskIn(ours)).toMatchObject({ state: 'completed' });
      expect(await sandbox.runs()).toMatchObject([{ state: 'running' }]);
    }));
});

describe('a delegated task', () => {
  it('is the other user', () =>
    withSandbox(async (sandbox) => {
      await start(sandbox, '1', { Parameter1: 'user_1' });
      const ours = sandbox.open('');

      await ours.delegateTask?.({ nativeTaskId: '1', fromUserId: '1', toUserId: '2' }, command());

      expect(await taskIn(ours)).toMatchObject({ assignees: ['2'], state: 'waiting' });
    }));
});
