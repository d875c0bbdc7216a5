import type { Portal } from '../connections/portals.js';
import type { AttemptTerms } from '../processes/operation.js';
import { orderOf } from '../processes/order.js';
import type { Process } from '../processes/process.js';

/**
 * How long a request may live at a portal, counted from its intent, in seconds: until we give up, until nobody may write it
 * any more, and until the platform itself ends it.
 */
export function longestLifeSeconds({ connection, platform }: Portal, leaseSeconds: number): number {
  return connection.limits.startTimeoutSeconds + leaseSeconds + platform.executionLimitSeconds;
}

/** What an attempt to start is made with: kept on it, since a connection may be changed while its request lives. */
export function termsOf(portal: Portal, process: Process, leaseSeconds: number): AttemptTerms {
  return {
    chosenId: portal.platform.chosenIdOf?.(orderOf(process)) ?? null,
    lifeSeconds: longestLifeSeconds(portal, leaseSeconds),
    batchId: null,
  };
}
