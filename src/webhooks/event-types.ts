/** Every type of event, unprefixed; contract §6. */
const eventTypes = [
  'process.accepted',
  'process.started',
  'process.identified',
  'process.rejected',
  'process.indeterminate',
  'process.reconciled',
  'process.terminating',
  'process.stop-refused',
  'process.completed',
  'process.failed',
  'process.terminated',
  'process.killed',
  'process.ended',
  'process.expired',
  'process.withdrawn',
  'process.outcome-revised',
  'element.completed',
  'task.created',
  'task.completed',
  'task.delegated',
  'signing.document-status-changed',
  'signing.member-status-changed',
  'incident.opened',
  'incident.resolved',
  'connection.degraded',
  'connection.recovered',
  'connection.reauthorization-required',
  'connection.moved',
  'connection.expiring',
  'operation.resent',
  'webhook.disabled',
] as const;

const wildcards = [...new Set(eventTypes.map((type) => `${type.split('.')[0]}.*`))];

/** What may be asked for. */
export const askedTypes: readonly string[] = [...eventTypes, ...wildcards];
