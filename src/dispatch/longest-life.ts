import type { Portal } from '../connections/portals.js';

/**
 * How long a request may live at a portal, counted from its intent, in seconds: until we give up, until nobody may write it
 * any more, and until the platform itself ends it.
 */
export function longestLifeSeconds({ connection, platform }: Portal, leaseSeconds: number): number {
  return connection.limits.startTimeoutSeconds + leaseSeconds + platform.executionLimitSeconds;
}
