import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Definition } from './definition.js';
import type { NativeRequest } from './native-request.js';
import type { NativeRunName, NativeRunPage, NativeRunQuery, NativeRunSight } from './native-run.js';
import type {
  Element,
  KitPart,
  Lane,
  LostLook,
  LostSpan,
  NativeCall,
  Observation,
  Prepared,
  RunRef,
  StartOrder,
  StartOutcome,
  StartRequest,
  Started,
} from './run.js';
import type { SigningProvider, SigningProviderQuery } from './signing-provider.js';
import type {
  PreparedAnswer,
  SeenTasks,
  Task,
  TaskAnswer,
  TaskCompletion,
  TaskDelegation,
  TaskPage,
  TaskQuery,
} from './task.js';

/** The limits of one call: when to give up, and the last question before the first byte. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * Asked on the connected socket, after DNS, TLS and every wait. False: nothing is written.
   * Absent on reads, which may use a kept socket.
   */
  readonly mayWrite?: () => boolean;
}

/** The operations whose methods' work a platform may count. */
export type MeteredOperation =
  'start' | 'terminate' | 'kill' | 'complete_element' | 'complete_task' | 'delegate_task' | 'observe';

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
  /** Several starts in one request. Absent: the platform has no call for that. */
  readonly startsTogether?: StartsTogether;
  /** The lane of a start. Pure. */
  laneOf(order: StartRequest): Lane;
  /** How long a request may live in the platform after its client is gone, in seconds. */
  readonly executionLimitSeconds: number;
  /** The native id that this start's run has where the portal keeps run ids of our choice; `null`: none is sent. Pure. */
  chosenIdOf?(order: StartOrder): string | null;
  /** Whether this connection asks for probes: a lost start sent again under the same run id. Absent: it does not. */
  readonly probes?: boolean;
  /**
   * Looks for the run of a start whose answer was lost; one request. Its absence proves nothing by itself. Absent: the
   * platform has no way to look.
   */
  findLost?(order: StartOrder, span: LostSpan, call: Call): Promise<LostLook>;
  /** The platform's own method behind an operation, as limits are counted by it. Absent: the platform counts none. Pure. */
  methodOf?(operation: MeteredOperation, definition: string): string;
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
  /** The names of the tasks that fit, as far as this connection's user may see them. Present together with `readTasks`. */
  tasks?(query: TaskQuery, call: Call): Promise<TaskPage>;
  /** How the named tasks stand. */
  readTasks?(nativeIds: readonly string[], call: Call): Promise<SeenTasks>;
  /** How many tasks one `readTasks` may name. */
  readonly tasksAtOnce?: number;
  /** Checks an answer against what its task declares, and writes its fields in the platform's form. Pure. */
  prepareAnswer?(task: Task, answer: TaskAnswer): PreparedAnswer;
  /**
   * Answers a task as the connection's user. Refused because it is `done` already where that user, or all, have answered;
   * because it is `not_found` also where it is another user's alone.
   */
  completeTask?(completion: TaskCompletion, call: Call): Promise<void>;
  /** Gives a task from one user to another. */
  delegateTask?(delegation: TaskDelegation, call: Call): Promise<void>;
  /** What runs there, ours or not, newest first. Present together with `nativeRun`. */
  nativeRuns?(query: NativeRunQuery, call: Call): Promise<NativeRunPage>;
  /** One of them as it stands; `null`: the platform does not show it, which proves nothing where ended runs are not listed. */
  nativeRun?(name: NativeRunName, call: Call): Promise<NativeRunSight | null>;
  /** Who can sign for a company. @throws Refused('not_found')  the platform knows no such company */
  signingProviders?(query: SigningProviderQuery, call: Call): Promise<readonly SigningProvider[]>;
  /** Elements come by themselves, as callbacks, and cannot be asked for. Instead of `elements`. */
  readonly tellsElements?: true;
  /** Writes a line into the log of an element. Each call is a line of its own, so it must not be repeated blindly. */
  logElement?(nativeElementId: string, message: string, call: Call): Promise<void>;
  /** What has a portal and its runs tell by themselves. Absent: this connection cannot register anything. */
  readonly kit?: CorrelationKit;
  /** The platform's own methods. Absent: they cannot be called. */
  readonly natively?: NativeCalls;
  /** How many requests the portal works on for us at the same time; more starts than that wait. Absent: as many as we send. */
  readonly requestsAtOnce?: number;
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

/** Starts that ride in one request, which costs the portal's budget no more than one alone. */
export interface StartsTogether {
  /** How many one request may carry. */
  readonly atMost: number;
  /** Whether a start means in company exactly what it means alone. Pure. */
  mayRide(order: StartOrder): boolean;
  /**
   * One request. What it throws is true of every start in it.
   *
   * @returns how each of them ended, in the same order
   */
  start(orders: readonly StartOrder[], call: Call): Promise<readonly StartOutcome[]>;
}

/** The platform's own methods, for what the gateway has no word for. */
export interface NativeCalls {
  /** What keeps it from being sent: no method of this platform, or one that starts runs, which has its own route. Pure. */
  faultsOf(request: NativeRequest): readonly Fault[];
  /** Whether the platform documents it as a read, so that one whose answer was lost may be sent again. Pure. */
  reads(request: NativeRequest): boolean;
  /**
   * One request.
   *
   * @returns the platform's answer as it came, a JSON text, without the credentials should they stand in it
   * @throws PlatformError  as a start does: what no table knows may have been carried out
   */
  call(request: NativeRequest, call: Call): Promise<string>;
}

/**
 * What a portal lets us register so that it and its runs tell by themselves; `address` is where they tell it to. Each verb makes
 * at most one request and may be repeated.
 */
export interface CorrelationKit {
  /** All that there may be, as the portal has them. */
  parts(address: string, call: Call): Promise<readonly KitPart[]>;
  /** Registers a part, or brings one that is installed up to date. @param part  as `parts` told it */
  install(part: KitPart, address: string, call: Call): Promise<void>;
  /** Takes a part back; templates that hold it keep a step that does nothing. */
  remove(part: KitPart, address: string, call: Call): Promise<void>;
}

/** One step of a connection test. `run` gives a sentence on what was found and throws a PlatformError where it fails. */
export interface ConnectionCheck {
  readonly name: 'reach' | 'sign_in' | 'rights' | 'limits' | 'clock' | 'definitions';
  run(call: Call): Promise<string>;
  /** What a person should do when the step fails. */
  readonly remedy: string;
}
