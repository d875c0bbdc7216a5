/** The part of a task that one user has. */
export interface TaskPart {
  userId: string;
  /** 0 not answered, 1 yes, 2 no, 3 ok, 4 cancel. */
  status: number;
}

/** A task of people inside a run. */
export interface KeptTask {
  readonly id: string;
  /** Which of the runs, by its number from 0: a killed run's id may run again. */
  readonly runNumber: number;
  readonly name: string;
  /** All of them must answer; a no is one for all. */
  readonly users: TaskPart[];
  /** 0 in progress, 1 yes, 2 no, 3 ok; 5 cancelled. Source: api-reference/bizproc/bizproc-task/bizproc-task-list.md */
  status: number;
  /** What was filled in with the last answer. */
  fields?: unknown;
}

/** As files of before kept it, when a task had one user. */
type StoredTask = Omit<KeptTask, 'users'> & { readonly users?: TaskPart[]; readonly userId?: string };

const cancelled = 5;

/** The tasks of a simulated portal. */
export class KeptTasks {
  readonly #tasks = new Map<string, KeptTask>();
  readonly #byRun = new Map<number, KeptTask[]>();

  constructor(private readonly changed: (task: KeptTask) => void) {}

  [Symbol.iterator](): IterableIterator<KeptTask> {
    return this.#tasks.values();
  }

  find(id: string): KeptTask | null {
    return this.#tasks.get(id) ?? null;
  }

  add(task: Pick<KeptTask, 'runNumber' | 'name'>, userIds: readonly string[]): void {
    const users = userIds.map((userId) => ({ userId, status: 0 }));
    this.changed({ ...task, id: String(this.#tasks.size + 1), users, status: 0 });
  }

  /** One user's answer; the task is over once all have given theirs, or with the first that is no yes. */
  answer(task: KeptTask, part: TaskPart, status: number): void {
    part.status = status;
    const isOver = status !== 1 || task.users.every((one) => one.status !== 0);
    if (isOver) task.status = status === 4 ? cancelled : status;
    this.changed(task);
  }

  delegate(task: KeptTask, part: TaskPart, toUserId: string): void {
    const others = task.users.filter((one) => one !== part && one.userId !== toUserId);
    task.users.splice(0, task.users.length, ...others, { userId: toUserId, status: 0 });
    this.changed(task);
  }

  /** A run that is over waits for nobody. */
  ended(runNumber: number): void {
    for (const task of this.#byRun.get(runNumber) ?? []) {
      if (task.status !== 0) continue;
      task.status = cancelled;
      this.changed(task);
    }
  }

  /** Takes what was kept, also by a file of before. */
  remember(stored: StoredTask): void {
    const { userId = '1', users = [{ userId, status: stored.status === cancelled ? 0 : stored.status }] } = stored;
    const known = this.#tasks.get(stored.id);
    if (known === stored) return;
    const task = { ...stored, users };
    this.#tasks.set(task.id, task);
    if (!known) this.#byRun.set(task.runNumber, [...(this.#byRun.get(task.runNumber) ?? []), task]);
  }
}
