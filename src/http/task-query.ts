import { ApiSchema } from '@nestjs/swagger';
import type { TaskFilter } from '../dispatch/list-tasks.js';
import { taskStates, type TaskState } from '../platforms/task.js';
import type { Visibility } from '../processes/process.reader.js';
import { uuidForm } from './cursor.js';
import { ListQuery } from './list-query.js';
import { QueryTexts, QueryWords } from './query-field.js';

/** The filters of the list of tasks. */
@ApiSchema({ name: 'TaskQuery' })
export class TaskQuery extends ListQuery {
  @QueryTexts('Keys of connections.')
  readonly connection?: string[];

  @QueryTexts('Ids of processes.')
  readonly process?: string[];

  @QueryWords(taskStates, 'States.')
  readonly state?: TaskState[];

  @QueryTexts("The platform's ids of users.")
  readonly assignee?: string[];
}

/** What the query asks for, of what the caller may see. */
export function taskFilterOf({ connection, process, state, assignee }: TaskQuery, visible: Visibility): TaskFilter {
  return {
    connections: connection ?? null,
    processes: process?.filter((id) => uuidForm.test(id)).map((id) => id.toLowerCase()) ?? null,
    states: state ?? null,
    assignees: assignee ?? null,
    visible,
  };
}
