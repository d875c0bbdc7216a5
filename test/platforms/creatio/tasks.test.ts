import { describe, expect, it } from '@jest/globals';
import type { Platform } from '../../../src/platforms/platform.js';
import type { TaskPage, TaskQuery } from '../../../src/platforms/task.js';
import { newestToDos, placeIn, placeOf } from '../../../src/platforms/creatio/task-places.js';
import { command, orderOf, read, start, withInstance, type Instance } from './instance.js';

const everything: TaskQuery = { runIds: null, states: null, assignees: null, after: null, limit: 50 };
const supervisorsContact = '410006e1-ca4e-4502-a9ec-e54d922d2c00';
const colleague = { type: 'forms', username: 'Colleague', password: 'Colleague-password' };

function list(platform: Platform, query: Partial<TaskQuery> = {}): Promise<TaskPage> {
  if (!platform.tasks) throw new Error('There is no verb');
  return platform.tasks({ ...everything, ...query }, read());
}

/** A run that waits for a person: its id. */
async function waiting(platform: Platform): Promise<string> {
  return (await start(platform, orderOf('UsrApproval'))).nativeId ?? '';
}

async function taskReads({ requests }: Instance): Promise<string[]> {
  const all = (await requests()).map(({ operation }) => operation);
  return all.filter((name) => /ToDo|SelectQuery/.test(name));
}

describe('the tasks of people', () => {
  it.each([
    ['OData', {}, 'odata/SysProcessElementToDo'],
    ['DataService, where OData shows no system tables', { odata: 'views' }, 'SelectQuery'],
  ])('are read by %s', (_, switches, last) =>
    withInstance(async (instance) => {
      const { platform, open, turn } = instance;
      await turn(switches);
      const run = await waiting(platform);
      const others = await waiting(open({ auth: colleague }));

      const { nativeIds, next } = await list(platform);
      expect([nativeIds.length, next]).toEqual([2, null]);
      const seen = await platform.readTasks?.(nativeIds, read());

      const tasks = [...(seen?.tasks.values() ?? [])];
      expect(seen?.actsAs).toBe(supervisorsContact);
      expect(tasks.map(({ runId }) => runId).toSorted()).toEqual([run, others].toSorted());
      expect(tasks.find(({ runId }) => runId === run)).toMatchObject({
        name: 'Approve the document',
        state: 'waiting',
        assignees: [supervisorsContact],
        statuses: null,
        fields: [],
      });
      expect(await taskReads(instance)).toContain(last);
    }),
  );

  it('are elements of their runs by the same id, and gone once those are completed', () =>
    withInstance(async ({ platform }) => {
      const nativeId = await waiting(platform);
      const [task = ''] = (await list(platform)).nativeIds;
      const elements = await platform.elements?.({ nativeId, definition: 'UsrApproval' }, read());
      expect(elements?.find(({ state }) => state === 'waiting')?.nativeId).toBe(task);

      await platform.completeElement?.(task, null, command());

      expect((await list(platform)).nativeIds).toEqual([]);
      expect((await platform.readTasks?.([task], read()))?.tasks.size).toBe(0);
    }));

  it('are asked for by run and by assignee, and not at all where none can fit', () =>
    withInstance(async (instance) => {
      const { platform, open } = instance;
      const run = await waiting(platform);
      await waiting(open({ auth: colleague }));
      const [ofRun, ofSupervisor] = [
        (await list(platform, { runIds: [run] })).nativeIds,
        (await list(platform, { assignees: [supervisorsContact] })).nativeIds,
      ];
      expect(ofRun).toHaveLength(1);
      expect(ofSupervisor).toEqual(ofRun);
      const before = (await taskReads(instance)).length;

      for (const query of [{ states: ['completed' as const] }, { runIds: ['no-guid'] }, { assignees: ['14'] }]) {
        expect(await list(platform, query)).toEqual({ nativeIds: [], next: null });
      }
      expect(await taskReads(instance)).toHaveLength(before);
    }));

  it('of forty runs are found in requests that a URL can hold', () =>
    withInstance(async (instance) => {
      const { platform } = instance;
      const runs = await Promise.all(Array.from({ length: 40 }, () => waiting(platform)));

      expect((await list(platform, { runIds: runs })).nativeIds).toHaveLength(40);
      expect(await taskReads(instance)).toHaveLength(3);
    }));

  it('come page by page, each once, although some are done and others come meanwhile', () =>
    withInstance(async ({ platform }) => {
      await Promise.all(Array.from({ length: 9 }, () => waiting(platform)));
      const all = (await list(platform)).nativeIds;
      const first = await list(platform, { limit: 4 });
      await platform.completeElement?.(first.nativeIds[3] ?? '', null, command());
      await platform.completeElement?.(first.nativeIds[0] ?? '', null, command());
      await waiting(platform);

      const second = await list(platform, { limit: 4, after: first.next });
      const third = await list(platform, {
        limit: 4,
        after: second.places?.get(second.nativeIds.at(-1) ?? '') ?? null,
      });

      expect([...first.nativeIds, ...second.nativeIds, ...third.nativeIds]).toEqual(all);
      expect(third.next).toBeNull();
    }));
});

const at = (second: number, id: string) => ({ Id: id, CreatedOn: `2026-01-15T10:00:0${second}.000Z` });

describe('the order of tasks', () => {
  it('is by their moment, and within one by their ids, whatever order they come in', () => {
    const rows = [at(2, 'b'), at(2, 'a'), at(1, 'c')];
    const idsOf = (list: typeof rows) =>
      newestToDos([list], { after: null, limit: 9, top: 9 })?.rows.map(({ Id }) => Id);

    expect(idsOf(rows)).toEqual(['a', 'b', 'c']);
    expect(idsOf(rows.toReversed())).toEqual(['a', 'b', 'c']);
  });

  it('goes on within a moment behind the last id', () => {
    const after = { atMs: Date.parse('2026-01-15T10:00:02Z'), id: 'a' };
    const page = newestToDos([[at(3, 'n'), at(2, 'b'), at(2, 'a'), at(1, 'c')]], { after, limit: 9, top: 9 });

    expect(page?.rows.map(({ Id }) => Id)).toEqual(['b', 'c']);
  });

  it('tells a moment when all of it is known', () => {
    const page = newestToDos([[at(3, 'c'), at(2, 'b')]], { after: null, limit: 9, top: 2 });

    expect(page).toEqual({ rows: [at(3, 'c')], goesOn: true });
  });

  it('is in doubt where a full list holds nothing that goes on', () => {
    const after = { atMs: Date.parse('2026-01-15T10:00:01Z'), id: 'a' };

    expect(newestToDos([[at(3, 'c'), at(2, 'b')]], { after, limit: 9, top: 2 })).toBeNull();
  });

  it('takes a place only in the form that it gave', () => {
    const row = { Id: supervisorsContact, CreatedOn: '2026-01-15T10:00:00.1234567' };

    expect(placeIn(placeOf(row))).toEqual({ atMs: Date.parse('2026-01-15T10:00:00.123Z'), id: supervisorsContact });
    expect(placeIn("2026' or true|x")).toBeNull();
  });
});
