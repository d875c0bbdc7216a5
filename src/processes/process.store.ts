import type { Json, JsonObject } from '../lib/json.js';
import { KnownError } from '../lib/known-error.js';
import type { NativeFault } from '../platforms/platform.errors.js';
import type { Change } from './change.js';
import type { FinalWord, IdempotencyKey, Remembered } from './idempotency.js';
import type {
  Attempt,
  AttemptClass,
  AttemptTerms,
  Claimed,
  Intended,
  Lease,
  Operation,
  OperationState,
} from './operation.js';
import type { Process, WaitingFor } from './process.js';

/** A start that was found good and is to be made durable. */
export interface Acceptance {
  readonly process: Process;
  readonly operation: Operation;
  readonly key: IdempotencyKey;
  /** Given: the replica sends at once, so the intent is part of the same commit and the process is born `starting`. */
  readonly intent: { readonly attempt: Attempt } | null;
  /** Kept in `process.accepted`. */
  readonly news: JsonObject;
  /** What stays of the variables when the process closes; `null`: all of them. */
  readonly closedVariables: JsonObject | null;
  /** What a process that is not closed and has the same business key means. */
  readonly businessKey: 'allow' | 'reject' | 'return_existing';
  /** The client whose own processes alone may be returned; `null`: everybody's. */
  readonly seenBy: string | null;
}

export type Accepted =
  | { readonly outcome: 'accepted'; readonly lease: Lease }
  /** With an intent only: it must not go out now, and nothing is written. */
  | { readonly outcome: 'held'; readonly waitingFor: WaitingFor }
  /** Somebody was first under this key. */
  | { readonly outcome: 'known'; readonly remembered: Remembered }
  /** As asked for: this process has the business key, and the idempotency key belongs to that answer. */
  | { readonly outcome: 'existing'; readonly process: Process }
  /** Somebody was first with this business key; `null`: a process that this client may not see. */
  | { readonly outcome: 'business_key_taken'; readonly processId: string | null };

/** What an intent is made with. */
export interface IntentTerms extends AttemptTerms {
  /** Its lane takes one start at a time. */
  readonly oneAtATime: boolean;
}

/** What became of an intent. */
export type Intention =
  | { readonly is: 'intended'; readonly intended: Intended }
  | { readonly is: 'held'; readonly waitingFor: WaitingFor }
  | { readonly is: 'stale' };

/** A business key stands in the way of starts alone. */
export type CommandAccepted = Extract<Accepted, { outcome: 'accepted' | 'known' }>;

/** A command on a process that exists. */
export interface Command {
  readonly operation: Operation;
  readonly key: IdempotencyKey;
  readonly change: Change;
  /** The unsent start that this command takes back: done, or, where an earlier attempt may have run, unknown again. */
  readonly takesBack: { readonly operationId: string; readonly to: 'done' | 'unknown' } | null;
  /** Given: the command is done with its acceptance. */
  readonly answer: LastWord | null;
}

/** A stop that joins the one that is under way. */
export interface Joining {
  readonly key: IdempotencyKey;
  readonly processId: string;
  /** `null`: the stop that was sent, and that the platform takes its time over. */
  readonly operationId: string | null;
}

/** `nothing`: the platform stops the run by itself, so that there is no operation to join. */
export type JoinedStop =
  | { readonly outcome: 'joined'; readonly operationId: string }
  | { readonly outcome: 'known'; readonly remembered: Remembered }
  | { readonly outcome: 'nothing' };

/** The last word on a command, to be kept with how the process stands then. */
export interface LastWord {
  readonly word: FinalWord;
  readonly extra: Json;
}

/** What one attempt taught and what follows from it, all of it or nothing. */
export interface Settlement {
  readonly lease: Lease;
  /** What the attempt keeps; written only while it has no verdict. `null`: there was none. */
  readonly attempt: {
    readonly id: string;
    readonly class: AttemptClass;
    readonly nativeId: string | null;
    readonly nativeFault: NativeFault | null;
    readonly message: string | null;
  } | null;
  /** The attempt whose late answer is read by this. */
  readonly reads: string | null;
  readonly operation: { readonly state: OperationState; readonly retryAfterMs: number | null };
  readonly change: Change;
  /** `null`: not yet. */
  readonly answer: LastWord | null;
}

/** What a connection has room for. */
export interface Room {
  readonly connection: string;
  readonly starts: number;
  readonly commands: number;
  /** How long a request may live there: a kill waits so long for a start that may still be under way. */
  readonly lifeSeconds: number;
}

/** Another worker has taken over; what was learnt is kept on the attempt and nothing else has changed. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Somebody is accepting a command under this key at this moment. Nothing has changed by this request. */
export class KeyInProgress extends KnownError {
  override readonly name = 'KeyInProgress';
  readonly code = 'idempotency-in-progress';
  override readonly retryAfterSeconds = 1;

  constructor(key: string, options: ErrorOptions) {
    super(`A request with the idempotency key "${key}" is being accepted; repeat this one after a moment.`, options);
  }
}

/** The process has changed since it was read: read it again and decide anew. Nothing has changed by this. */
export class StaleRevision extends Error {
  override readonly name = 'StaleRevision';
}

/** The protocol of an operation, one method per transaction. Not a table: there is no `save`. */
export interface ProcessStore {
  /**
   * Process, operation, key, first event (and the intent): all or none. Safe to repeat with the same ids: what was
   * accepted already is `accepted` again. With an intent nothing is written while the lane or the database holds it.
   */
  accept(acceptance: Acceptance): Promise<Accepted>;
  /** A command on an existing process. @throws StaleRevision */
  command(command: Command): Promise<CommandAccepted>;
  /** Binds a key to a stop of another key: its last word becomes that of both. */
  join(joining: Joining): Promise<JoinedStop>;
  /**
   * Takes due operations, commands first, for `leaseSeconds`; none of a lane that waits, none while the database is held.
   * A command waits until its run is known; one whose process is closed is taken too, so that its caller gets a last word.
   */
  claim(rooms: readonly Room[], leaseSeconds: number): Promise<readonly Claimed[]>;
  /**
   * The point of no return: on disk before the first byte goes out. `stale`: withdrawn, expired, taken over, or the process
   * has moved since the claim; `lane`, `restored`: it has to wait for that. Send nothing but what was intended.
   */
  intend(claimed: Claimed, change: Change, how: IntentTerms): Promise<Intention>;
  /** @throws LeaseLost @throws StaleRevision @throws NativeIdTaken */
  settle(settlement: Settlement): Promise<Process>;
  /**
   * Takes over operations whose attempt was abandoned: their lease is over and no verdict came. What this replica still
   * works on (`own`) is not abandoned.
   */
  takeAbandoned(limit: number, leaseSeconds: number, own: readonly Lease[]): Promise<readonly Intended[]>;
  /** Takes queued starts whose time to start has passed. */
  takeExpired(limit: number, leaseSeconds: number): Promise<readonly Claimed[]>;
  /** Keeps leases that this replica still works under. */
  renew(leases: readonly Lease[], leaseSeconds: number): Promise<void>;
  /** What a look at the platform changed in a process that nobody commands right now. @throws StaleRevision */
  observe(change: Change): Promise<Process>;
}
export const ProcessStore = Symbol('ProcessStore');
