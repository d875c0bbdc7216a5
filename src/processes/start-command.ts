import type { JsonObject } from '../lib/json.js';
import type { Subject } from '../platforms/run.js';
import type { Client } from './client.js';
import type { IdempotencyKey, Remembered } from './idempotency.js';
import type { Process } from './process.js';

/** What a caller asks to be started; contract §4. */
export interface StartFields {
  readonly connection: string;
  readonly definition: string;
  readonly subject: Subject | null;
  readonly variables: JsonObject;
  readonly options: JsonObject;
  readonly results: readonly string[];
  readonly businessKey: string | null;
  readonly onBusinessKeyConflict: 'allow' | 'reject' | 'return_existing';
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly startBefore: Date | null;
  readonly startWithinSeconds: number | null;
  readonly onIndeterminate: 'block' | 'continue';
}

export interface StartCommand {
  readonly fields: StartFields;
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly traceId: string;
  readonly retryOf: string | null;
  /** Whether its caller is answered with the outcome; false: it is enough for it that the start is accepted. */
  readonly waits: boolean;
}

/** Where the answer to a command is to be found. */
export type Commanded =
  | { readonly is: 'accepted'; readonly operationId: string; readonly process: Process }
  /** The same command came before. */
  | { readonly is: 'known'; readonly remembered: Remembered }
  /** Nothing was started: this process has the business key. */
  | { readonly is: 'existing'; readonly process: Process };
