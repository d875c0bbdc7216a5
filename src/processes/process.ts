import type { JsonObject } from '../lib/json.js';
import type { Definition } from '../platforms/definition.js';
import type { Subject } from '../platforms/run.js';
import { shown } from './hidden.js';
import type { IncidentKind } from './incident.js';
import type { NativeFault } from '../platforms/platform.errors.js';
import { categoryOf, conclusionOf, statesAfter, type Conclusion, type ProcessState } from './process-state.js';

/** Whose word a state is, weakest last in rank. */
export type Evidence = 'platform_reported' | 'report_back' | 'gateway_command' | 'operator' | 'inferred_absence';

/** Stronger evidence has the higher rank; contract §4. */
export const evidenceRank: Readonly<Record<Evidence, number>> = {
  report_back: 4,
  platform_reported: 4,
  gateway_command: 3,
  operator: 2,
  inferred_absence: 1,
};

/** How the native run came to be this process's. */
export type Adoption = 'direct' | 'reconciled_exact' | 'reconciled_probable' | 'operator';

/** Why a process is not going on. */
export interface WaitingFor {
  readonly reason: 'lane' | 'budget' | 'capacity' | 'paused' | 'degraded' | 'reauthorization' | 'retry' | 'restored';
  readonly processId?: string;
  readonly until?: Date;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly platform: NativeFault | null;
  readonly at: Date;
}

/** What the caller asked for. */
export interface ProcessInput {
  readonly id: string;
  readonly connection: string;
  /** The name of its portal, the origin of the portal's first address: connections to one portal see the same runs. */
  readonly portal: string;
  readonly platform: string;
  readonly definition: string;
  readonly definitionName: string | null;
  readonly subject: Subject | null;
  /** As they are shown: "[redacted]" in the place of what is shown to nobody, a document as its hash and size. */
  readonly variables: JsonObject;
  /** Names of the variables, and of results, that are shown to nobody. Absent or `null`: none. */
  readonly sensitive?: readonly string[] | null;
  /** All variables as they are sent, sealed, in base64. Absent or `null`: they are as they are shown. */
  readonly sealedVariables?: string | null;
  readonly results: readonly string[];
  readonly options: JsonObject;
  /** The definition as it was at acceptance; `null` where it could not be read. */
  readonly spec: Definition | null;
  readonly businessKey: string | null;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  /** Until when it may be sent; a resend that a person orders sets it anew. */
  readonly startBefore: Date | null;
  readonly startWithinSeconds: number | null;
  readonly onIndeterminate: 'block' | 'continue';
  /** What its start shares with those whose runs look alike; begins with the portal. */
  readonly lane: string;
  /** 32 hex digits; the run id offered to platforms that take one. `null`: its run was there before it. */
  readonly runId: string | null;
  readonly clientId: string;
  /** The client's name. */
  readonly createdBy: string;
  readonly retryOf: string | null;
  readonly createdAt: Date;
}

/** How it stands. */
export interface ProcessProgress {
  readonly state: ProcessState;
  readonly nativeId: string | null;
  readonly nativeState: string | null;
  readonly result: JsonObject | null;
  readonly waitingFor: WaitingFor | null;
  readonly conclusion: Conclusion | null;
  /** Whose word the state is; `null` while nothing but the gateway knows of it. */
  readonly evidence: Evidence | null;
  readonly adoption: Adoption;
  readonly failure: Failure | null;
  /** The kinds of its incidents that are open. */
  readonly openIncidents: readonly IncidentKind[];
  readonly attempts: number;
  /** Counts changes, `observedAt` aside. */
  readonly revision: number;
  /** The sequence of its newest event. */
  readonly lastSequence: number;
  readonly startedAt: Date | null;
  readonly closedAt: Date | null;
  /** When the platform was last heard of it. */
  readonly observedAt: Date | null;
  /** Since when the platform does not list the run any more; `null` while it does. */
  readonly absentSince: Date | null;
}

/** One run as its caller sees it. */
export type Process = ProcessInput & ProcessProgress;

/** Whether its run was there before it: nothing was ever sent to start it, and nobody told its input. */
export function wasAdopted({ runId }: Pick<ProcessInput, 'runId'>): boolean {
  return runId === null;
}

/** A step of its life: where to, and what was learnt with it. What is not given stays. */
export interface Step {
  readonly to: ProcessState;
  readonly at: Date;
  readonly evidence?: Evidence;
  readonly learnt?: Learnt;
}

/** What a step may bring to light. */
export type Learnt = Partial<
  Pick<
    ProcessProgress,
    | 'nativeId'
    | 'nativeState'
    | 'result'
    | 'failure'
    | 'waitingFor'
    | 'adoption'
    | 'attempts'
    | 'observedAt'
    | 'absentSince'
  >
>;

/**
 * Whether a process may take a step. A closed state changes only upward in evidence; a run that is seen again leaves
 * `ended`.
 */
export function mayMove(process: Process, to: ProcessState, evidence: Evidence | null): boolean {
  if (to === process.state) return true;
  if (!statesAfter(process.state).includes(to)) return false;
  if (categoryOf[process.state] !== 'closed' || process.evidence === null) return true;
  if (process.state === 'ended' && to === 'running') return true;
  if (evidence === null) return false;
  // A refusal speaks for one attempt; that another one ran is no weaker.
  const higher = evidenceRank[evidence] - evidenceRank[process.evidence];
  return process.state === 'rejected' ? higher >= 0 : higher > 0;
}

/** The life of a process has no such step; nothing has changed. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';

  constructor(process: Process, to: ProcessState) {
    super(`Process ${process.id} is ${process.state} and cannot become ${to}`);
  }
}

/**
 * The process after one step of its life. The same state again is a step too: something else was learnt.
 *
 * @throws IllegalMove where the table of states has no such step; nothing has changed then
 */
export function move(process: Process, { to, at, evidence, learnt = {} }: Step): Process {
  if (!mayMove(process, to, evidence ?? null)) throw new IllegalMove(process, to);
  const category = categoryOf[to];
  const ran = category === 'open' || (category === 'closed' && conclusionOf[to] !== 'not_started');
  return {
    ...process,
    waitingFor: null,
    ...shown(learnt, process.sensitive ?? null),
    state: to,
    conclusion: conclusionOf[to],
    evidence: evidence ?? process.evidence,
    revision: process.revision + 1,
    startedAt: ran ? (process.startedAt ?? at) : process.startedAt,
    closedAt: category === 'closed' ? (process.closedAt ?? at) : null,
  };
}

/** A process at the moment of its acceptance. */
export function born(input: ProcessInput, state: 'queued' | 'starting', waitingFor: WaitingFor | null): Process {
  return {
    // Each by its name: an object that grows from a spread costs up to 40 microseconds.
    id: input.id,
    connection: input.connection,
    portal: input.portal,
    platform: input.platform,
    definition: input.definition,
    definitionName: input.definitionName,
    subject: input.subject,
    variables: input.variables,
    sensitive: input.sensitive ?? null,
    sealedVariables: input.sealedVariables ?? null,
    results: input.results,
    options: input.options,
    spec: input.spec,
    businessKey: input.businessKey,
    tags: input.tags,
    metadata: input.metadata,
    startBefore: input.startBefore,
    startWithinSeconds: input.startWithinSeconds,
    onIndeterminate: input.onIndeterminate,
    lane: input.lane,
    runId: input.runId,
    clientId: input.clientId,
    createdBy: input.createdBy,
    retryOf: input.retryOf,
    createdAt: input.createdAt,
    state,
    nativeId: null,
    nativeState: null,
    result: null,
    waitingFor,
    conclusion: null,
    evidence: null,
    adoption: 'direct',
    failure: null,
    openIncidents: [],
    attempts: state === 'starting' ? 1 : 0,
    revision: 1,
    lastSequence: 1,
    startedAt: null,
    closedAt: null,
    observedAt: null,
    absentSince: null,
  };
}
