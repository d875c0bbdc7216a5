import type { Portal } from '../connections/portals.js';
import type { Task } from '../platforms/task.js';
import type { Visibility } from './process.reader.js';
import type { Process } from './process.js';

/** A task as it stands at its platform, with the process that it belongs to. */
export interface SeenTask {
  readonly portal: Portal;
  readonly task: Task;
  /** The platform's id of the user as whom the connection acts. */
  readonly actsAs: string;
  /** `null`: its run is not under management, or its process is not for these eyes. */
  readonly process: Process | null;
}

/** Reads one task from its platform. */
export interface TaskSight {
  /** @throws NotFound, Unsupported, LiveReadError */
  of(taskId: string, visible: Visibility): Promise<SeenTask>;
}
