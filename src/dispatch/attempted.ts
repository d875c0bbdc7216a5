import type { Portal } from '../connections/portals.js';
import type { Call, Platform } from '../platforms/platform.js';
import type { Started, StartOrder } from '../platforms/run.js';
import type { Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type { Settlement } from '../processes/process.store.js';
import { settleStart, type Circumstances } from './settle-start.js';
import type { Verdict } from './verdict.js';

/** An attempt that is over: what it taught, and what follows for the process as it is by then. */
export interface Attempted {
  readonly verdict: Verdict<unknown>;
  /** Whether the platform took the run id of our choice; `null`: nothing is known of that. */
  readonly runId: Started['runId'];
  settle(process: Process, now: Circumstances): Settlement;
}

/** What an attempt may ask of its surroundings. */
export interface AttemptContext {
  readonly platform: Platform;
  /** For the command itself. */
  readonly call: Call;
  /** For a look after it. */
  readonly lookCall: () => Call;
  /** The last try was refused for want of a session, and this one goes with a new one. */
  readonly signedInAnew: boolean;
  /** An earlier attempt of this operation has no certain outcome. */
  readonly earlierUnknown: boolean;
  /** What a start orders; absent: what its process shows. */
  readonly order?: StartOrder;
}

/** What an attempt is made with. */
export interface Ready {
  readonly portal: Portal;
  readonly context: AttemptContext;
  /** Called when the attempt is over. */
  readonly end: () => void;
  /** With the input of the command as it is sent. */
  readonly opened: Intended;
}

/** Of a start, by its verdict. */
export function startAttempted(intended: Intended, verdict: Verdict<Started>): Attempted {
  const runId = verdict.is === 'accepted' ? verdict.answer.runId : null;
  return { verdict, runId, settle: (process, now) => settleStart(intended, process, verdict, now) };
}
