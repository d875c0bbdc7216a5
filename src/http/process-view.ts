import type { JsonObject } from '../lib/json.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import type { Operation } from '../processes/operation.js';
import { wasAdopted, type Process } from '../processes/process.js';
import { categoryOf, retryableStates } from '../processes/process-state.js';
import { mayBeClosed } from '../processes/may-say.js';
import { decideStop } from '../processes/stop.js';
import { has, type Caller } from '../security/caller.js';
import type { PublicUrl } from './public-url.js';

/** What a view depends on beside the process. */
export interface ViewContext {
  readonly caller: Caller;
  readonly url: PublicUrl;
  readonly kindOf: (platform: string) => PlatformKind | null;
}

/** What of a process is shown only where it is asked for, as in lists. */
export interface ViewParts {
  readonly variables: boolean;
  readonly result: boolean;
}

const wholly: ViewParts = { variables: true, result: true };

/** A process as callers get it, in the order of the contract, §4. */
export function processView(process: Process, context: ViewContext, parts: ViewParts = wholly): JsonObject {
  return {
    id: process.id,
    connection: process.connection,
    platform: process.platform,
    definition: process.definition,
    definitionName: process.definitionName,
    nativeId: process.nativeId,
    businessKey: process.businessKey,
    tags: process.tags,
    metadata: process.metadata,
    subject: process.subject && { ...process.subject },
    ...(parts.variables ? { variables: variablesOf(process, context) } : {}),
    ...(parts.result ? { result: process.result } : {}),
    state: process.state,
    category: categoryOf[process.state],
    nativeState: process.nativeState,
    waitingFor: waitingForView(process, context),
    conclusion: process.conclusion,
    evidence: process.evidence,
    adoption: process.adoption,
    failure: failureView(process),
    hasIncident: process.openIncidents.length > 0,
    createdBy: process.createdBy,
    retryOf: process.retryOf,
    attempts: process.attempts,
    revision: process.revision,
    createdAt: process.createdAt.toISOString(),
    startedAt: process.startedAt?.toISOString() ?? null,
    closedAt: process.closedAt?.toISOString() ?? null,
    observedAt: process.observedAt?.toISOString() ?? null,
    links: linksOf(process, context),
  };
}

/** An operation as callers get it. */
export function operationView({ id, processId, kind, state, attempts }: Operation): JsonObject {
  return { id, processId, kind, state, attempts };
}

function variablesOf({ platform, definition, variables }: Process, { kindOf }: ViewContext): JsonObject {
  return kindOf(platform)?.showVariables?.(definition, variables) ?? variables;
}

/** Whose start it waits for is nobody's business who may not see every process. */
function waitingForView({ waitingFor }: Process, { caller }: ViewContext): JsonObject | null {
  const seesAll = caller.connections === null && caller.definitions === null && caller.sees === 'connection';
  return (
    waitingFor && {
      reason: waitingFor.reason,
      ...(waitingFor.processId === undefined || !seesAll ? {} : { processId: waitingFor.processId }),
      ...(waitingFor.until === undefined ? {} : { until: waitingFor.until.toISOString() }),
    }
  );
}

function failureView({ failure }: Process): JsonObject | null {
  return (
    failure && {
      code: failure.code,
      message: failure.message,
      platform: failure.platform && { ...failure.platform },
      at: failure.at.toISOString(),
    }
  );
}

/** Only what this caller may do with the process as it is now. */
function linksOf(process: Process, { caller, url, kindOf }: ViewContext): JsonObject {
  const self = url.of(`/v1/processes/${process.id}`);
  const kind = kindOf(process.platform);
  const signing = kind?.signing.includes(process.definition) ?? false;
  const can = (operation: 'terminate' | 'kill'): boolean =>
    has(caller, `processes:${operation}`) &&
    (process.state === 'queued' || (!signing && (kind?.delivery[operation] ?? null) !== null)) &&
    ['withdraw', 'send', 'remember'].includes(decideStop(process, operation, [], { whenFound: false }).do);
  const elements = process.nativeId !== null && kind !== null && kind.delivery.elements !== null;
  const startScope = signing ? 'processes:sign' : 'processes:start';
  return {
    self,
    history: `${self}/history`,
    ...(elements ? { elements: `${self}/elements` } : {}),
    ...(can('terminate') ? { terminate: `${self}/terminate` } : {}),
    ...(can('kill') ? { kill: `${self}/kill` } : {}),
    ...(retryableStates.includes(process.state) && !signing && !wasAdopted(process) && has(caller, startScope)
      ? { retry: `${self}/retry` }
      : {}),
    ...(mayBeClosed(process) && has(caller, 'incidents:resolve') ? { close: `${self}/close` } : {}),
    ...(process.openIncidents.length > 0 && has(caller, 'incidents:read')
      ? { incidents: url.of(`/v1/incidents?state=open&connection=${process.connection}`) }
      : {}),
  };
}
