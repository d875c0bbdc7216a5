import type { Provider } from '@nestjs/common';
import { Portals } from './connections/portals.js';
import { ListTasks } from './dispatch/list-tasks.js';
import { ReadTasks } from './dispatch/read-tasks.js';
import { CommandDesk } from './processes/command-desk.js';
import { ProcessReader } from './processes/process.store.js';
import { TaskCommands } from './processes/task-commands.js';
import { TaskRuns } from './processes/task-runs.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresTaskRuns } from './storage/task-runs.js';

/** The tasks of people: read from their platforms, and commands on them. */
export const taskParts: Provider[] = [
  provide(TaskRuns, [Database], (database: Database) => new PostgresTaskRuns(database)),
  provide(ReadTasks, [Portals, TaskRuns], (portals: Portals, runs: TaskRuns) => new ReadTasks(portals, runs)),
  provide(
    ListTasks,
    [ReadTasks, Portals, ProcessReader],
    (tasks: ReadTasks, portals: Portals, reader: ProcessReader) => new ListTasks(tasks, portals, reader),
  ),
  provide(
    TaskCommands,
    [CommandDesk, ReadTasks],
    (desk: CommandDesk, tasks: ReadTasks) => new TaskCommands(desk, tasks),
  ),
];
