import type { IncidentKind } from '../processes/incident.js';
import type { IncidentWithProcess } from './incident-record.js';

/** What a person may do about an incident; contract §4. */
export const incidentActions = ['adopt', 'confirm_not_started', 'resend', 'acknowledge', 'release'] as const;
export type IncidentAction = (typeof incidentActions)[number];

export const incidentKinds: readonly IncidentKind[] = [
  'outcome-unknown',
  'unidentified-run',
  'second-run',
  'id-taken',
  'stop-stuck',
  'reauthorization-required',
  'portal-closed',
  'database-restored',
  'webhook-disabled',
];

/**
 * What may be done about an incident as it and its process stand now; nothing about one that is resolved. Pure.
 *
 * A process that is indeterminate is not left so by an acknowledgement, and one that is not has nothing to be found out. One
 * of which a stop was accepted is never sent again.
 */
export function actionsOf({ incident, process, isStopped }: IncidentWithProcess): readonly IncidentAction[] {
  if (incident.state === 'resolved') return [];
  const isUnknown = process?.state === 'indeterminate';
  switch (incident.kind) {
    case 'outcome-unknown':
    case 'id-taken':
      if (!isUnknown) return ['acknowledge'];
      return ['adopt', 'confirm_not_started', ...(isStopped ? [] : (['resend'] as const))];
    case 'unidentified-run': {
      const waits = process?.nativeId === null && ['indeterminate', 'running', 'terminating'].includes(process.state);
      return [...(waits ? (['adopt'] as const) : []), ...(isUnknown ? [] : (['acknowledge'] as const))];
    }
    case 'second-run':
    case 'stop-stuck':
      return isUnknown ? [] : ['acknowledge'];
    case 'database-restored':
      return ['adopt', 'release'];
    case 'reauthorization-required':
    case 'portal-closed':
    case 'webhook-disabled':
      return ['acknowledge'];
  }
}
