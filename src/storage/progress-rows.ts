import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';

/** The columns of a process that its life changes, with their types. */
export const progressColumns = {
  state: 'text',
  category: 'text',
  native_id: 'text',
  native_state: 'text',
  result: 'jsonb',
  waiting_for: 'jsonb',
  conclusion: 'text',
  evidence: 'text',
  adoption: 'text',
  failure: 'jsonb',
  attempts: 'int',
  revision: 'int',
  last_sequence: 'int',
  started_at: 'timestamptz',
  closed_at: 'timestamptz',
  observed_at: 'timestamptz',
  absent_since: 'timestamptz',
  start_before: 'timestamptz',
  open_incidents: 'text[]',
  has_incident: 'boolean',
} as const;

/** What the life of a process has come to, as `progressColumns`, without what is null: for JSON, where it says the same. */
export function progressRow(process: Process): Record<keyof typeof progressColumns, unknown> {
  return {
    state: process.state,
    category: categoryOf[process.state],
    native_id: process.nativeId ?? undefined,
    native_state: process.nativeState ?? undefined,
    result: process.result ?? undefined,
    waiting_for: process.waitingFor ?? undefined,
    conclusion: process.conclusion ?? undefined,
    evidence: process.evidence ?? undefined,
    adoption: process.adoption,
    failure: process.failure ?? undefined,
    attempts: process.attempts,
    revision: process.revision,
    last_sequence: process.lastSequence,
    started_at: process.startedAt ?? undefined,
    closed_at: process.closedAt ?? undefined,
    observed_at: process.observedAt ?? undefined,
    absent_since: process.absentSince ?? undefined,
    start_before: process.startBefore ?? undefined,
    open_incidents: process.openIncidents,
    has_incident: process.openIncidents.length > 0,
  };
}
