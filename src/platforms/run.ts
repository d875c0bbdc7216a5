import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Definition } from './definition.js';
import type { PlatformError } from './platform.errors.js';

/** The document that a run is about: a known type with its id, or the platform's own way to name it. */
export type Subject = { readonly type: string; readonly id: string } | { readonly native: readonly string[] };

/** What a caller wants started, as it came through the door. */
export interface StartRequest {
  readonly definition: string;
  readonly subject: Subject | null;
  readonly variables: JsonObject;
  readonly results: readonly string[];
  readonly options: JsonObject;
}

/** The outcome of `prepare`: faults, or the request in its stored form. */
export interface Prepared {
  readonly faults: readonly Fault[];
  /** Set where this connection cannot start that at all (a wrong kind of credentials, say); a sentence with the remedy. */
  readonly unsupported: string | null;
  readonly subject: Subject | null;
  /** Says whether a definition was there to check the input against. */
  readonly inputChecked: boolean;
}

/** A prepared start, ready to be turned into the platform's words. */
export interface StartOrder extends StartRequest {
  readonly processId: string;
  /** The run id of our choice for platforms that take one: 32 hex digits. */
  readonly runId: string | null;
  /** As it was when the start was accepted; `null` where the platform could not be asked. */
  readonly spec: Definition | null;
}

export interface NativeCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | null;
}

export interface RunRef {
  readonly nativeId: string;
  readonly definition: string;
  /** What its start was ordered with; absent: nothing is known of that. */
  readonly options?: JsonObject;
}

/** States that a platform can report of a run; contract §4. */
export type RunState = 'running' | 'terminating' | 'completed' | 'failed' | 'terminated' | 'ended';

/** A run as the platform tells it. */
export interface Run {
  readonly state: RunState;
  /** The platform's own word for the state; `null` where it has none. */
  readonly nativeState: string | null;
  /** `null`: nothing was asked for or told. */
  readonly result: JsonObject | null;
  /** Why it failed, with `state: failed`. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** A start that the platform accepted. */
export interface Started extends Run {
  /** `null`: accepted, but the platform gave no id. */
  readonly nativeId: string | null;
  /** Whether the platform took the run id of our choice; `null` where none was sent or nothing can be said. */
  readonly runId: 'kept' | 'ignored' | null;
  /** The platform refused to run it twice: the run is an earlier attempt's, and may have ended since. Absent: it began now. */
  readonly startedBefore?: true;
}

/** How one start of those that rode in one request ended. */
export type StartOutcome = { readonly answer: Started } | { readonly error: PlatformError };

export type Observation = (Run & { readonly seen: true }) | { readonly seen: false };

/** A step inside a run: a user task, a sub-process, a script. */
export interface Element {
  readonly nativeId: string;
  readonly name: string;
  readonly type: string;
  readonly state: 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

/**
 * What starts of one lane have in common makes their runs look alike from outside: while one is unknown, the next waits.
 */
export interface Lane {
  /** Unique within the connection, e.g. `1|crm|ccrmdocumentlead|LEAD_1`; at most 1,000 characters. */
  readonly key: string;
  /** Runs of this lane are found by looking alone, so a start waits until the one before it is identified. */
  readonly oneAtATime: boolean;
}

/** The span in which a lost start can have begun, by the gateway's clock. */
export interface LostSpan {
  /** When its oldest unknown attempt was intended. */
  readonly from: Date;
  /** When the longest life of its newest attempt is over. */
  readonly to: Date;
}

/** A native run that may be the one whose answer was lost. */
export interface Candidate {
  readonly nativeId: string;
  /** By the gateway's clock: the platform's offset is taken out. `null`: the platform does not tell. */
  readonly startedAt: Date | null;
  /** Why it may be the one, in words for a person, e.g. "same template", "started 2 s after the request". */
  readonly reasons: readonly string[];
  /** How the run stands, where the same answer tells it. */
  readonly run: Run | null;
  /** Starts of other lanes would look the same, so that it is nobody's for sure while another of its definition is lost. */
  readonly looksLikeOthers?: true;
}

/** What a look for a lost start has shown. */
export interface LostLook {
  /** Runs that fit in every way that can be compared, likeliest first; claimed ones too. */
  readonly candidates: readonly Candidate[];
  /** How much the platform's clock is ahead of ours, in milliseconds; `null`: not told. */
  readonly clockAheadMs: number | null;
}

/** What a platform counts of the work of one method. */
export interface MethodUse {
  /** E.g. `bizproc.workflow.start`. */
  readonly method: string;
  /** Seconds of work in the platform's own window. */
  readonly operatingSeconds: number;
  /** How many seconds of work it allows in that window. */
  readonly allowedSeconds: number;
  /** When the window begins anew, by the gateway's clock; `null`: not told. */
  readonly resetsAt: Date | null;
}

/** Something that is registered at a portal: a step for process designers, with which runs report, or a subscription. */
export interface KitPart {
  /** E.g. `activity`. */
  readonly name: string;
  readonly installed: boolean;
  /** The platform's own name for it; `null`: it is not installed. */
  readonly native: string | null;
}
