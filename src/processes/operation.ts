import type { JsonObject } from '../lib/json.js';
import type { NativeFault } from '../platforms/platform.errors.js';
import type { Process } from './process.js';

/** One command of a client. */
export type OperationKind = 'start' | 'terminate' | 'kill' | 'complete_element' | 'complete_task' | 'delegate_task';

/** queued: to be sent; sending: an attempt is out; done, refused, unknown: its last word. */
export type OperationState = 'queued' | 'sending' | 'done' | 'refused' | 'unknown';

export interface Operation {
  readonly id: string;
  readonly processId: string;
  readonly connection: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly clientId: string;
  /** The idempotency key that the command came under. */
  readonly key: string;
  /** The trace of the request that gave the command; answers to it keep this id when they are repeated. */
  readonly traceId: string;
  /** What the command needs beside the process, e.g. `{reason}`, `{elementId, nativeElementId, variables}`. */
  readonly input: JsonObject;
  /** The whole input, sealed, in base64, where `input` holds "[redacted]". Absent or `null`: it is whole. */
  readonly sealedInput?: string | null;
  readonly dueAt: Date;
  readonly attempts: number;
  readonly createdAt: Date;
}

/** What one attempt taught; delivery.md's classes. */
export type AttemptClass =
  'not_sent' | 'refused_before_execution' | 'refused' | 'accepted' | 'accepted_unidentified' | 'unknown';

/** resend: a person ordered it after one of unknown outcome. probe: the platform itself cannot run it twice. */
export type AttemptKind = 'send' | 'resend' | 'probe';

/** What an attempt is made with, as its connection is at that moment. */
export type AttemptTerms = Pick<Attempt, 'chosenId' | 'lifeSeconds' | 'batchId'>;

/** One physical request of an operation. */
export interface Attempt {
  readonly id: string;
  readonly operationId: string;
  readonly processId: string;
  readonly number: number;
  readonly kind: AttemptKind;
  /** The native id that we offered with it; `null`: none. */
  readonly chosenId: string | null;
  /** How long its request may live at the platform, in seconds, as the connection was then. */
  readonly lifeSeconds: number;
  /** What the attempts have in common that share one request; `null`: it went alone. */
  readonly batchId: string | null;
  /** `null`: no verdict yet. */
  readonly class: AttemptClass | null;
  readonly sentAt: Date;
  readonly answeredAt: Date | null;
  readonly nativeId: string | null;
  readonly nativeFault: NativeFault | null;
  readonly message: string | null;
}

/** The right to work on an operation: void once the database has given a higher token to somebody else. */
export interface Lease {
  readonly operationId: string;
  readonly fencingToken: bigint;
}

/** A claimed operation with what is needed to send it. */
export interface Claimed {
  readonly operation: Operation;
  readonly process: Process;
  readonly lease: Lease;
}

/** A claimed operation whose intent to send is on disk. */
export interface Intended extends Claimed {
  readonly attempt: Attempt;
  /** Monotonic milliseconds before the intent was issued; see `check` in the way of a start. */
  readonly issuedAtMs: number;
}
