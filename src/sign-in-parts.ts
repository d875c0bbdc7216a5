import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import { ConnectionStore } from './connections/connection.store.js';
import { ConsentStates } from './connections/consent-state.js';
import { ConsentStore } from './connections/consent.store.js';
import { Consents } from './connections/consents.js';
import { FollowMoves } from './connections/follow-moves.js';
import { KeepAlive } from './connections/keep-alive.js';
import { KeepAliveStore } from './connections/keep-alive.store.js';
import { MoveStore } from './connections/move.store.js';
import { Portals } from './connections/portals.js';
import { Vault } from './connections/vault.js';
import type { Closing } from './lib/closing.js';
import { Exchange } from './lib/exchange.js';
import { EgressRules } from './lib/egress-rules.js';
import { Log } from './lib/log.js';
import { SecretBox } from './lib/secret-box.js';
import { platformKinds } from './platforms/registry.js';
import { provide } from './provide.js';
import { PostgresConsentStore } from './storage/consent.store.js';
import { Database } from './storage/database.js';
import { PostgresKeepAliveStore } from './storage/keep-alive.store.js';
import { PostgresMoveStore } from './storage/move.store.js';

/** How connections come to their credentials and keep them, and follow their portals. */
export const signInParts: Provider[] = [
  provide(ConsentStore, [Database], (database: Database) => new PostgresConsentStore(database)),
  provide(MoveStore, [Database], (database: Database) => new PostgresMoveStore(database)),
  provide(KeepAliveStore, [Database], (database: Database) => new PostgresKeepAliveStore(database)),
  provide(
    FollowMoves,
    [MoveStore, EgressRules, Log],
    (store: MoveStore, egress: EgressRules, log: Log) => new FollowMoves({ store, egress, log }),
  ),
  provide(
    KeepAlive,
    [KeepAliveStore, Portals, Log],
    (store: KeepAliveStore, portals: Portals, log: Log) => new KeepAlive({ store, portals, log }),
  ),
  provide(ConsentStates, [Config], ({ credentialsKeys }: Config) => new ConsentStates(new SecretBox(credentialsKeys))),
  provide(
    Consents,
    [ConnectionStore, ConsentStore, ConsentStates, Vault, Portals, Exchange, EgressRules, Log],
    (
      connections: ConnectionStore,
      store: ConsentStore,
      states: ConsentStates,
      vault: Vault,
      portals: Portals,
      exchange: Exchange,
      egress: EgressRules,
      log: Log,
    ) => new Consents({ connections, store, states, vault, portals, kinds: platformKinds, exchange, egress, log }),
  ),
];

/** Starts to keep credentials alive. */
export function beginKeepAlive(app: INestApplicationContext, closing: Closing): void {
  const keepAlive = app.get(KeepAlive);
  keepAlive.begin();
  closing.add('keep-alive', () => keepAlive.end());
}
