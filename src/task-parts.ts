import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Portals } from './connections/portals.js';
import { ListTasks } from './dispatch/list-tasks.js';
import { ReadTasks } from './dispatch/read-tasks.js';
import { TaskWatch } from './dispatch/task-watch.js';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { CommandDesk } from './processes/command-desk.js';
import { ProcessReader } from './processes/process.reader.js';
import { ProcessStore } from './processes/process.store.js';
import { ProcessWatch } from './processes/process-watch.js';
import { SealedValues } from './processes/sealed-values.js';
import { TaskCommands } from './processes/task-commands.js';
import { TaskNews } from './processes/task-news.js';
import { TaskRuns } from './processes/task-runs.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresTaskNews } from './storage/task-news.js';
import { PostgresTaskRuns } from './storage/task-runs.js';

/** The tasks of people: read from their platforms, and commands on them. */
export const taskParts: Provider[] = [
  provide(TaskRuns, [Database], (database: Database) => new PostgresTaskRuns(database)),
  provide(
    ReadTasks,
    [Portals, TaskRuns, SealedValues],
    (portals: Portals, runs: TaskRuns, sealed: SealedValues) => new ReadTasks(portals, runs, sealed),
  ),
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
  provide(TaskNews, [Database], (database: Database) => new PostgresTaskNews(database)),
  provide(
    TaskWatch,
    [ReadTasks, Portals, TaskNews, ProcessStore, ProcessWatch, Log, Config],
    (
      tasks: ReadTasks,
      portals: Portals,
      news: TaskNews,
      store: ProcessStore,
      watch: ProcessWatch,
      log: Log,
      { statusPollSeconds: pollSeconds }: Config,
    ) => new TaskWatch({ tasks, portals, news, store, watch, log, pollSeconds }),
  ),
];

/** Looks for tasks that appear, until the gateway stops. */
export function beginTasks(app: INestApplicationContext, closing: Closing): void {
  const watch = app.get(TaskWatch);
  watch.begin();
  closing.add('tasks', () => watch.end());
}
