import type { Failure, Process, WaitingFor } from '../processes/process.js';
import { asColumns, timeOf, type ColumnsOf, type Row } from './columns.js';

/** A process as its row has it: the subject in columns of its own. */
type ProcessFields = Omit<Process, 'subject'> & {
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly subjectNative: readonly string[] | null;
  /** When it was last seen without any change. Absent: nobody asked for it. */
  readonly seenAt?: Date | null;
};

type ProcessColumns = ColumnsOf<ProcessFields>;

/**
 * The process of a row, each field by its name: an object that is grown from columns, some left out, costs thirty times as
 * much.
 *
 * @param seenAt  when it was last seen without any change, where the row itself does not say so
 */
export function processOf(row: Row, seenAt?: Date | string | null): Process {
  const columns = asColumns<ProcessColumns>(row);
  return {
    id: columns.id,
    connection: columns.connection,
    portal: columns.portal,
    platform: columns.platform,
    definition: columns.definition,
    definitionName: columns.definition_name,
    subject: subjectOf(columns),
    variables: columns.variables,
    sensitive: columns.sensitive ?? null,
    sealedVariables: columns.sealed_variables ?? null,
    results: columns.results,
    options: columns.options,
    spec: columns.spec,
    businessKey: columns.business_key,
    tags: columns.tags,
    metadata: columns.metadata,
    startBefore: timeOf(columns.start_before),
    startWithinSeconds: columns.start_within_seconds,
    onIndeterminate: columns.on_indeterminate,
    lane: columns.lane,
    runId: columns.run_id,
    clientId: columns.client_id,
    createdBy: columns.created_by,
    retryOf: columns.retry_of,
    createdAt: new Date(columns.created_at),
    state: columns.state,
    nativeId: columns.native_id,
    nativeState: columns.native_state,
    result: columns.result,
    waitingFor: columns.waiting_for && waitOf(columns.waiting_for),
    conclusion: columns.conclusion,
    evidence: columns.evidence,
    adoption: columns.adoption,
    failure: columns.failure && failureOf(columns.failure),
    openIncidents: columns.open_incidents,
    attempts: columns.attempts,
    revision: columns.revision,
    lastSequence: columns.last_sequence,
    startedAt: timeOf(columns.started_at),
    closedAt: timeOf(columns.closed_at),
    observedAt: later(timeOf(columns.observed_at), timeOf(seenAt ?? columns.seen_at)),
    absentSince: timeOf(columns.absent_since),
  };
}

function subjectOf(columns: ProcessColumns): Process['subject'] {
  const { subject_native: native, subject_type: type, subject_id: id } = columns;
  if (native) return { native };
  return type === null || id === null ? null : { type, id };
}

function later(observedAt: Date | null, seenAt: Date | null): Date | null {
  return seenAt && (!observedAt || seenAt > observedAt) ? seenAt : observedAt;
}

// Times inside JSON columns are texts there.

/** A failure as it is kept in JSON. */
export function failureOf(failure: Failure): Failure {
  return { ...failure, at: new Date(failure.at) };
}

/** What a process waits for, as it is kept in JSON. */
export function waitOf(waitingFor: WaitingFor): WaitingFor {
  return waitingFor.until ? { ...waitingFor, until: new Date(waitingFor.until) } : waitingFor;
}
