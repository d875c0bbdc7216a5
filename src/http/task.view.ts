import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { UnavailableTasks } from '../dispatch/list-tasks.js';
import type { Parameter } from '../platforms/definition.js';
import { taskStates, taskStatuses, type Task, type TaskState, type TaskStatus } from '../platforms/task.js';
import type { SeenTask } from '../processes/seen-task.js';
import { taskIdOf } from '../processes/task-id.js';

/** What a task asks to be filled in. */
@ApiSchema({ name: 'TaskField' })
export class TaskFieldView {
  @ApiProperty({ type: String, description: 'As it is named in `fields` of an answer.' })
  readonly name!: string;

  @ApiProperty({ type: String, description: 'As people see it.' })
  readonly title!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;

  @ApiProperty({ type: String, description: 'As the table of variables names types.', example: 'number' })
  readonly type!: string;

  @ApiProperty({ type: String, description: "The platform's own word for the type." })
  readonly nativeType!: string;

  @ApiProperty({ type: Boolean })
  readonly required!: boolean;

  @ApiProperty({ type: Boolean, description: 'It takes a list.' })
  readonly multiple!: boolean;

  @ApiProperty({ type: [String], nullable: true, description: 'What may be chosen; null: anything.' })
  readonly options!: readonly string[] | null;
}

/** What one assignee has answered. */
@ApiSchema({ name: 'TaskAnswer' })
export class TaskAnswerView {
  @ApiProperty({ type: String, description: "The platform's id of the user." })
  readonly assignee!: string;

  @ApiProperty({ type: String, enum: [...taskStatuses, null], nullable: true, description: 'null: none of these.' })
  readonly status!: TaskStatus | null;
}

/** A work item of people inside a run. */
@ApiSchema({ name: 'Task' })
export class TaskView {
  @ApiProperty({ type: String, description: '`{connection}:{nativeId}`', example: 'sales-portal:1471' })
  readonly id!: string;

  @ApiProperty({ type: String, example: '1471' })
  readonly nativeId!: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'null: its run is not under management. It must be before the task can be commanded.',
  })
  readonly processId!: string | null;

  @ApiProperty({ type: String, example: 'Approve: LEAD_1' })
  readonly name!: string;

  @ApiProperty({
    enum: taskStates,
    description:
      'Of the whole task: `waiting` until all that it needs have answered; `cancelled`: refused, or over without an answer.',
  })
  readonly state!: TaskState;

  @ApiProperty({ type: [String], description: "The platform's ids of the users whose task it is.", example: ['1'] })
  readonly assignees!: readonly string[];

  @ApiProperty({ type: [TaskAnswerView], description: 'What they have answered so far.' })
  readonly answers!: readonly TaskAnswerView[];

  @ApiProperty({
    type: String,
    description:
      "The platform's id of the user as whom this connection acts: that of its webhook, who consented to its application, or " +
      'its technical user. Only where it is one of `assignees` the task can be completed through this connection.',
    example: '1',
  })
  readonly actsAs!: string;

  @ApiProperty({
    type: [String],
    enum: taskStatuses,
    nullable: true,
    description: 'How it may be answered; null: not told.',
  })
  readonly statuses!: readonly TaskStatus[] | null;

  @ApiProperty({ type: [String], enum: taskStatuses, description: 'The answers that need a comment.' })
  readonly commentRequiredFor!: readonly TaskStatus[];

  @ApiProperty({ type: [TaskFieldView], description: 'What it asks to be filled in.' })
  readonly fields!: readonly TaskFieldView[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly dueAt!: string | null;
}

/** A connection whose tasks are missing in a list. */
@ApiSchema({ name: 'UnavailableTasks' })
export class UnavailableTasksView implements UnavailableTasks {
  @ApiProperty({ type: String })
  readonly connection!: string;

  @ApiProperty({ type: String, description: 'The code of the problem.', example: 'platform-unavailable' })
  readonly code!: string;

  @ApiProperty({ type: String })
  readonly message!: string;
}

/** A task as callers get it. */
export function taskView({ portal, task, actsAs, process }: SeenTask): TaskView {
  const { nativeId, name, state, assignees, answers, statuses, commentRequiredFor, dueAt } = task;
  return {
    id: taskIdOf({ connection: portal.connection.key, nativeId }),
    nativeId,
    processId: process?.id ?? null,
    name,
    state,
    assignees,
    answers,
    actsAs,
    statuses,
    commentRequiredFor,
    fields: fieldsOf(task),
    dueAt: dueAt?.toISOString() ?? null,
  };
}

function fieldsOf({ fields }: Task): TaskFieldView[] {
  return fields.map(({ name, title, description, type, nativeType, required, multiple, options }: Parameter) => ({
    name,
    title,
    description,
    type,
    nativeType,
    required,
    multiple,
    options,
  }));
}
