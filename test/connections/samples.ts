import type { NewConnection } from '../../src/connections/connection.store.js';
import type { ConnectionLimits } from '../../src/platforms/platform-kind.js';

export const limits: ConnectionLimits = {
  requestsPerSecond: 2,
  burst: 50,
  maxInFlight: 10,
  queueDepth: 1000,
  batch: 'auto',
  startTimeoutSeconds: 65,
  startWithinSeconds: null,
};

/** A connection that is good enough to be stored; say what matters to the test. */
export function newConnection(given: Partial<NewConnection> = {}): NewConnection {
  return {
    key: 'sales-portal',
    platform: 'paper',
    name: 'Sales portal',
    baseUrl: 'https://sales.example',
    settings: { shelf: 'upper' },
    limits,
    auth: { shown: { type: 'password', user: 'anna' }, sealed: Buffer.from('sealed') },
    condition: { state: 'active', reason: null },
    ...given,
  };
}
