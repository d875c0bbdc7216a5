import type { ConnectionError } from '../connections/connection.errors.js';
import type { IncidentError } from '../incidents/incident.errors.js';
import type { LiveReadError } from '../platforms/live-read.errors.js';
import type { CallError } from '../processes/call.errors.js';
import type { OutcomeError } from '../processes/outcome.errors.js';
import type { AdoptionError } from '../processes/adoption.errors.js';
import type { ProcessError } from '../processes/process.errors.js';
import type { QueueFull } from '../processes/queue.errors.js';
import type { TaskError } from '../processes/task.errors.js';
import type { SecurityError } from '../security/security.errors.js';
import type { FeedError } from '../webhooks/feed.errors.js';
import type { WebhookError } from '../webhooks/webhook.errors.js';
import type { BulkStopped } from './bulk.errors.js';
import type { DoorError } from './door.errors.js';

/**
 * Every error that a caller can act on, of all rooms; one line per room. A code that is new here asks for its row in the
 * problem table, or the code does not compile.
 */
export type Known =
  | DoorError
  | BulkStopped
  | ProcessError
  | AdoptionError
  | TaskError
  | IncidentError
  | QueueFull
  | OutcomeError
  | ConnectionError
  | LiveReadError
  | CallError
  | FeedError
  | WebhookError
  | SecurityError;
