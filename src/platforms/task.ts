import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Parameter } from './definition.js';

/** How a person answers a task. */
export const taskStatuses = ['yes', 'no', 'ok', 'cancel'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export const taskStates = ['waiting', 'completed', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

/** A person's work item inside a run, as the platform tells it. */
export interface Task {
  readonly nativeId: string;
  /** The native id of its run. */
  readonly runId: string;
  /** What its run was started from; `null`: not told. */
  readonly definition: string | null;
  readonly name: string;
  /** Of the whole task: it may wait for one assignee after another has answered. `cancelled`: over without an answer. */
  readonly state: TaskState;
  /** The platform's ids of the users whose task it is, whether they have answered or not. */
  readonly assignees: readonly string[];
  /** What they have answered so far; `status` is `null` where the platform's word for it is none of ours. */
  readonly answers: readonly { readonly assignee: string; readonly status: TaskStatus | null }[];
  /** How it may be answered; `null`: not told. */
  readonly statuses: readonly TaskStatus[] | null;
  /** The answers that need a comment. */
  readonly commentRequiredFor: readonly TaskStatus[];
  /** What it asks to be filled in. */
  readonly fields: readonly Parameter[];
  readonly dueAt: Date | null;
}

/** Which tasks are wanted, newest first; each list means "one of", `null` means "any". */
export interface TaskQuery {
  readonly runIds: readonly string[] | null;
  readonly states: readonly TaskState[] | null;
  readonly assignees: readonly string[] | null;
  /** The place after which it goes on: `next` of a page, or that of a task in it; `null`: from the newest. */
  readonly after: string | null;
  readonly limit: number;
}

/** Tasks that fit, by name alone: a list that is read page by page only nominates. */
export interface TaskPage {
  /** Newest first; fewer than the limit may come although there are more. */
  readonly nativeIds: readonly string[];
  /** The place after which it goes on; `null`: nothing more fits. */
  readonly next: string | null;
  /** The place of each task, at most 255 characters, where its name does not tell it. Absent: it is the name. */
  readonly places?: ReadonlyMap<string, string>;
}

/** Tasks as they stand, and whose eyes saw them. */
export interface SeenTasks {
  /** By native id. One that is not there, or that this user may not see, is left out. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** The platform's id of the user as whom this connection acts: of its tasks alone it can complete its own. */
  readonly actsAs: string;
}

/** An answer to a task as a caller gives it. */
export interface TaskAnswer {
  readonly status: TaskStatus;
  readonly comment: string | null;
  readonly fields: JsonObject;
}

/** What of an answer does not fit its task, and its fields in the platform's form. */
export interface PreparedAnswer {
  readonly faults: readonly Fault[];
  readonly fields: JsonObject;
}

/** An answer that was checked, ready to be sent; `fields` are in the platform's form. */
export interface TaskCompletion extends TaskAnswer {
  readonly nativeTaskId: string;
}

export interface TaskDelegation {
  readonly nativeTaskId: string;
  readonly fromUserId: string;
  readonly toUserId: string;
}
