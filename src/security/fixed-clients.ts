import { uuidv7 } from '../lib/uuid.js';
import { storedForm } from './api-key.js';
import type { Client, ClientSettings } from './client.js';
import type { ClientStore } from './client.store.js';

/** The one client of a gateway with AUTH=off; its id is the same everywhere, so that restarts keep what it started. */
export const localClient: Client = {
  id: '00000000-0000-7000-8000-000000000001',
  version: 1,
  createdAt: new Date(0),
  ...administrator('local'),
};
const bootstrapClientId = '00000000-0000-7000-8000-000000000002';

/** Whether the gateway itself keeps this client. */
export function isFixed(clientId: string): boolean {
  return clientId === localClient.id || clientId === bootstrapClientId;
}

/** Everybody, where AUTH=off: a row, so that what it starts has a client. */
export function keepLocalClient(store: ClientStore): Promise<Client> {
  return store.keep(localClient.id, localClient, null);
}

/** The administrator whose key is BOOTSTRAP_API_KEY. A key that it had before ends. */
export function keepBootstrapClient(store: ClientStore, key: string): Promise<Client> {
  return store.keep(bootstrapClientId, administrator('bootstrap'), { id: uuidv7(), ...storedForm(key) });
}

function administrator(name: string): ClientSettings {
  return {
    name,
    scopes: ['admin'],
    connections: null,
    definitions: null,
    addresses: null,
    sees: 'connection',
    requestsPerMinute: null,
    requireIdempotencyKey: false,
    expiresAt: null,
  };
}
