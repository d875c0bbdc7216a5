import type { Exchange } from '../lib/exchange.js';
import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Definition } from './definition.js';

/** What a portal's operator may set on how it is used. */
export interface ConnectionLimits {
  /** `null`: the platform has no known rate. */
  readonly requestsPerSecond: number | null;
  readonly burst: number | null;
  readonly maxInFlight: number;
  readonly queueDepth: number;
  readonly batch: 'auto' | 'off';
  readonly startTimeoutSeconds: number;
  readonly startWithinSeconds: number | null;
}

/** One registered portal as its platform sees it. Holds secrets in clear: never log, store or return it. */
export interface ConnectionSettings {
  readonly key: string;
  /** Without a trailing slash, e.g. `https://example.bitrix24.ru`. */
  readonly baseUrl: string;
  /** As `readAuth` returned it. */
  readonly auth: JsonObject;
  /** The platform's own fields beside `auth`, as `readSettings` returned them. */
  readonly settings: JsonObject;
}

/** Either what was read, defaults filled in, or everything that is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly faults: readonly Fault[] };

/**
 * What a platform says of itself; the one thing that its folder exports to the registry.
 *
 * Adding a platform is one of these and one line in `registry.ts`.
 */
export interface PlatformKind {
  /** As in the contract and in URLs, e.g. `creatio`. */
  readonly platform: string;
  /** As people write it. */
  readonly name: string;
  readonly defaultLimits: ConnectionLimits;
  /** JSON Schema (2020-12) of `auth` and of the platform's own fields, for people who register a connection. */
  readonly connectionSchema: JsonObject;
  /** Ready bodies for the documentation. `connection` names the sandbox connection of this platform. */
  readonly examples: PlatformExamples;
  /** Parses the `auth` object of a connection; pointers start at its root. */
  readAuth(input: unknown): Read<JsonObject>;
  /** The fields of `auth` that are no secrets and may be shown, e.g. `type` and `username`. What is not named is hidden. */
  readonly shownAuth: readonly string[];
  /** Whether these credentials cannot work before a person has consented at the portal; absent: they always can. */
  awaitsConsent?(auth: JsonObject): boolean;
  /** Parses the fields that only this platform's connections have; pointers start at the connection's root. */
  readSettings(input: Readonly<Record<string, unknown>>): Read<JsonObject>;
  /** Definitions that send documents to be signed: they need a scope of their own and cannot be retried. */
  readonly signing: readonly string[];
  /**
   * How variables are shown to callers, where some are too large or too private to be repeated (a document becomes its
   * hash and size). Absent: as they came.
   */
  showVariables?(definition: string, variables: JsonObject): JsonObject;
  /** What is sure about sending each operation; `null` where the platform lacks it. */
  readonly delivery: Readonly<Record<Operation, Delivery | null>>;
  /** The states of a run that the platform can tell; absent: none. */
  readonly tells?: readonly RunState[];
  /** Notes for people beside a capability, e.g. why it is missing. */
  readonly notes: Readonly<Partial<Record<Operation, string>>>;
  /** Makes the adapter of one connection. Dials nothing. */
  open(connection: ConnectionSettings, tools: PlatformTools): Platform;
}

export interface PlatformExamples {
  readonly starts: readonly { readonly summary: string; readonly body: JsonObject }[];
  readonly connections: readonly { readonly summary: string; readonly body: JsonObject }[];
}

/** The words of operations, the same in capabilities, rows and logs. */
export const operations = [
  'start',
  'terminate',
  'kill',
  'complete_element',
  'complete_task',
  'delegate_task',
  'observe',
  'definitions',
  'elements',
] as const;
export type Operation = (typeof operations)[number];

/** How sure sending is: contract, "Small shapes". */
export type Delivery = 'at_most_once' | 'at_most_once_probed' | 'repeated_safely' | 'read';

/** What the house lends to a platform. */
export interface PlatformTools {
  /** One guarded HTTP request: no redirect, no retry, no stale socket for a command. The only way out. */
  readonly exchange: Exchange;
  /**
   * Puts a renewed `auth` (e.g. a refreshed pair of tokens) in the place of the stored one; resolves when it is durable.
   * Use the new one only after that.
   */
  storeAuth(auth: JsonObject): Promise<void>;
}

/** The limits of one call: when to give up, and the last question before the first byte. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * Asked on the connected socket, after DNS, TLS and every wait. False: nothing is written.
   * Absent on reads, which may use a kept socket.
   */
  readonly mayWrite?: () => boolean;
}

/**
 * What the gateway asks of one portal of a BPM platform.
 *
 * A verb that a platform cannot do is absent; do not implement it by throwing. Every verb that takes a `Call` makes at
 * most one request, never retries, never follows a redirect, and throws nothing but a PlatformError.
 */
export interface Platform {
  /** Could a definition be called so here? Knows no network; false becomes 404 without asking anybody. */
  namesDefinition(definition: string): boolean;
  /** Everything startable, with its input; `null` where this portal cannot list it. */
  definitions(call: Call): Promise<readonly Definition[] | null>;
  /** One of them as the portal has it now; `null` where it does not exist. */
  definition(definition: string, call: Call): Promise<Definition | null>;
  /** Checks and normalizes what a caller wants to start. Pure: no network, no clock. */
  prepare(request: StartRequest, definition: Definition | null): Prepared;
  /** The request that `start` would send, secrets as `[redacted]`. Pure. */
  nativeCall(order: StartOrder): NativeCall;
  /** Sends one start. Its errors sort what may be done next. */
  start(order: StartOrder, call: Call): Promise<Started>;
  /** How the named runs stand; a run that the platform does not know any more is `absent`. One request for all. */
  observe(runs: readonly RunRef[], call: Call): Promise<ReadonlyMap<string, Observation>>;
  /** How many runs one `observe` may ask for. */
  readonly observeAtOnce: number;
  /** Stops a run and keeps its data. Resolves to the state that this brings: `terminated`, or `terminating` where it takes time. */
  terminate?(run: RunRef, reason: string | null, call: Call): Promise<'terminated' | 'terminating'>;
  /** Stops a run and deletes its data. */
  kill?(run: RunRef, call: Call): Promise<void>;
  /** The elements of a run that wait, run or ran. */
  elements?(run: RunRef, call: Call): Promise<readonly Element[]>;
  /** Completes a waiting element. False: it had been executed before and was not executed again. */
  completeElement?(nativeElementId: string, variables: JsonObject | null, call: Call): Promise<boolean>;
  /** False: a command would be refused for want of a session or token, so sign in first. Present together with `signIn`. */
  signedIn?(): boolean;
  /** One sign-in or token refresh. @throws Busy('credentials') where it is refused. */
  signIn?(call: Call): Promise<void>;
  /** Forgets the session or token that the last answer showed to be void. */
  signedOut?(): void;
  /** The steps of a connection test after the address has been reached, cheapest first; each is one request. */
  readonly checks: readonly ConnectionCheck[];
  /** Ends what stands open there (a session) when the gateway stops or the connection changes; never throws. */
  close?(call: Call): Promise<void>;
}

/** One step of a connection test. `run` gives a sentence on what was found and throws a PlatformError where it fails. */
export interface ConnectionCheck {
  readonly name: 'reach' | 'sign_in' | 'rights' | 'limits' | 'clock' | 'definitions';
  run(call: Call): Promise<string>;
  /** What a person should do when the step fails. */
  readonly remedy: string;
}

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
