import type { Provider } from '@nestjs/common';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { ClientStore } from './security/client.store.js';
import { Clients } from './security/clients.js';
import { KnownCallers } from './security/known-callers.js';
import { PostgresClientStore } from './storage/client.store.js';

/** Who may call. */
export const securityParts: Provider[] = [
  provide(ClientStore, [Database], (database: Database) => new PostgresClientStore(database)),
  provide(KnownCallers, [ClientStore], (store: ClientStore) => new KnownCallers(store)),
  provide(
    Clients,
    [ClientStore, KnownCallers],
    (store: ClientStore, callers: KnownCallers) => new Clients(store, callers),
  ),
];
