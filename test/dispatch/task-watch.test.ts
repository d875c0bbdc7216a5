import type { Portal } from '../../src/connections/portals.js';
import { TaskWatch } from '../../src/dispatch/task-watch.js';
import { PlatformUnavailable } from '../../src/platforms/live-read.errors.js';
import type { Task, TaskPage, TaskQuery } from '../../src/platforms/task.js';
import type { Change } from '../../src/processes/change.js';
import type { Process } from '../../src/processes/process.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import type { SeenTask } from '../../src/processes/seen-task.js';
import { aProcess } from '../processes/samples.js';
import { aPlatform, aPortal, KeptLog, KnownPortals } from './engine.js';

const running = aProcess({ state: 'running', nativeId: '77' });
const portal = aPortal({
  platform: Object.assign(aPlatform(), { tasks: async () => ({ nativeIds: [], next: null }) }),
});

function aTask(nativeId: string, given: Partial<Task> = {}): Task {
  return {
    nativeId,
    runId: '77',
    definition: '1',
    name: `Task ${nativeId}`,
    state: 'waiting',
    assignees: ['1'],
    answers: [],
    statuses: null,
    commentRequiredFor: [],
    fields: [],
    dueAt: null,
    ...given,
  };
}

/** Tasks that wait at a portal, newest first, two on a page. */
class WaitingTasks {
  waiting: readonly Task[] = [];
  process: Process | null = running;
  readonly reads: (readonly string[])[] = [];
  pages = 0;
  isReachable = true;

  async nominated(_: Portal, { after }: TaskQuery): Promise<TaskPage> {
    if (!this.isReachable) throw new PlatformUnavailable('No connection', null, 5);
    this.pages += 1;
    const ids = this.waiting.map(({ nativeId }) => nativeId);
    const from = after === null ? 0 : ids.indexOf(after) + 1;
    const nativeIds = ids.slice(from, from + 2);
    return { nativeIds, next: ids.length > from + 2 ? (nativeIds.at(-1) ?? null) : null };
  }

  async read(of: Portal, ids: readonly string[]): Promise<readonly SeenTask[]> {
    this.reads.push(ids);
    const { process } = this;
    return this.waiting
      .filter(({ nativeId }) => ids.includes(nativeId))
      .map((task) => ({ portal: of, task, actsAs: '1', process }));
  }
}

function watching(tasks: WaitingTasks, observe: (change: Change) => Promise<Process> = async ({ process }) => process) {
  const told: string[] = [];
  const log = new KeptLog();
  const watch = new TaskWatch({
    tasks,
    portals: new KnownPortals([portal]),
    news: {
      claimLooks: async (keys) => new Set(keys),
      untold: async (_, ids) => new Set(ids.filter((id) => !told.includes(id))),
    },
    store: {
      observe: async (change) => {
        const after = await observe(change);
        told.push(...change.news.map(({ data }) => String(Object(data)['taskId'])));
        return after;
      },
    },
    watch: { changed: () => {} },
    log,
    pollSeconds: 30,
  });
  const look = async (): Promise<void> => {
    await watch.lookAround();
    await watch.rest();
  };
  return { look, told, log };
}

describe('a task that appears', () => {
  it('is told of in the history of its process, once', async () => {
    const tasks = new WaitingTasks();
    const changes: Change[] = [];
    const { look, told } = watching(tasks, async (change) => {
      changes.push(change);
      return change.process;
    });
    tasks.waiting = [aTask('2'), aTask('1')];
    await look();
    tasks.waiting = [aTask('3'), aTask('2'), aTask('1')];
    await look();
    await look();

    expect(told).toEqual(['sales:2', 'sales:1', 'sales:3']);
    expect(changes[1]?.news).toEqual([
      { type: 'task.created', data: { taskId: 'sales:3', name: 'Task 3', assignees: ['1'], dueAt: null } },
    ]);
    expect(tasks.reads).toEqual([['2', '1'], ['3'], []]);
  });

  it('is not told of again by a replica that has just come', async () => {
    const tasks = new WaitingTasks();
    const { look, told } = watching(tasks);
    told.push('sales:1');
    tasks.waiting = [aTask('2'), aTask('1')];
    await look();

    expect(told).toEqual(['sales:1', 'sales:2']);
  });

  it('is looked for page by page, back to what was known', async () => {
    const tasks = new WaitingTasks();
    const { look, told } = watching(tasks);
    tasks.waiting = [aTask('5'), aTask('4'), aTask('3'), aTask('2'), aTask('1')];
    await look();
    expect([told.length, tasks.pages]).toEqual([5, 3]);

    await look();
    expect(tasks.pages).toBe(4);
  });

  it('is told of at the next look where its process moved in that moment', async () => {
    const tasks = new WaitingTasks();
    let moved = true;
    const { look, told } = watching(tasks, async ({ process }) => {
      if (moved) throw new StaleRevision('Moved');
      return process;
    });
    tasks.waiting = [aTask('1')];
    await look();
    expect(told).toEqual([]);

    moved = false;
    await look();
    expect(told).toEqual(['sales:1']);
  });

  it.each<[string, Process | null, Partial<Task>]>([
    ['of a run that is not ours', null, {}],
    ['of a run that is over', aProcess({ state: 'ended', nativeId: '77' }), {}],
    ["of another connection's process", aProcess({ state: 'running', nativeId: '77', connection: 'other' }), {}],
    ['that was answered meanwhile', running, { state: 'completed' }],
  ])('is not told of: %s', async (_, process, given) => {
    const tasks = new WaitingTasks();
    tasks.process = process;
    tasks.waiting = [aTask('1', given)];
    const { look, told } = watching(tasks);
    await look();

    expect(told).toEqual([]);
  });

  it('is found later where its portal does not answer now', async () => {
    const tasks = new WaitingTasks();
    const { look, told, log } = watching(tasks);
    tasks.waiting = [aTask('1')];
    tasks.isReachable = false;
    await look();
    expect([told, log.events]).toEqual([[], ['tasks.unanswered']]);

    tasks.isReachable = true;
    await look();
    expect(told).toEqual(['sales:1']);
  });
});
