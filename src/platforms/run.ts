import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Definition } from './definition.js';

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
  readonly runId: string;
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
