import type { Provider } from '@nestjs/common';
import { CachedDefinitions } from './connections/cached-definitions.js';
import { ConnectionStore } from './connections/connection.store.js';
import { Connections } from './connections/connections.js';
import { DefinitionStore } from './connections/definition.store.js';
import { FollowMoves } from './connections/follow-moves.js';
import { Definitions } from './connections/definitions.js';
import { OpenPortals } from './connections/open-portals.js';
import { PortalOpener } from './connections/portal-opener.js';
import { Portals } from './connections/portals.js';
import { RunIds } from './connections/run-ids.js';
import { RunIdsStore } from './connections/run-ids.store.js';
import { LimitsWatch } from './dispatch/limits-watch.js';
import { meteredExchange } from './dispatch/metered-exchange.js';
import { MethodLimits } from './dispatch/method-limits.js';
import { PortalBudgets } from './dispatch/portal-budgets.js';
import { provide } from './provide.js';
import { ConnectionTests } from './connections/test-connection.js';
import { ToldAtPortals } from './connections/told-things.js';
import { Vault } from './connections/vault.js';
import { Exchange } from './lib/exchange.js';
import { EgressRules } from './lib/egress-rules.js';
import { guardedExchange } from './lib/guarded-exchange.js';
import { learningExchange } from './lib/learning-exchange.js';
import { Log } from './lib/log.js';
import { SecretBox } from './lib/secret-box.js';
import { secretValues } from './lib/secret-values.js';
import { platformKindOf, platformKinds } from './platforms/registry.js';
import { PostgresConnectionStore } from './storage/connection.store.js';
import { Database } from './storage/database.js';
import { PostgresDefinitionStore } from './storage/definition.store.js';
import { PostgresRunIdsStore } from './storage/run-ids.store.js';

/** Registered portals, their adapters, and what is known of them. */
export const connectionParts: Provider[] = [
  provide(DefinitionStore, [Database], (database: Database) => new PostgresDefinitionStore(database)),
  provide(ConnectionStore, [Database], (database: Database) => new PostgresConnectionStore(database)),
  provide(Exchange, [EgressRules, PortalBudgets], (rules: EgressRules, budgets: PortalBudgets) =>
    meteredExchange(learningExchange(guardedExchange(rules), secretValues), budgets),
  ),
  provide(Vault, [SecretBox], (box: SecretBox) => new Vault(box)),
  provide(
    PortalOpener,
    [ConnectionStore, Vault, Exchange, MethodLimits, FollowMoves, ToldAtPortals, Log],
    (
      store: ConnectionStore,
      vault: Vault,
      exchange: Exchange,
      methods: MethodLimits,
      moves: FollowMoves,
      told: ToldAtPortals,
      log: Log,
    ) =>
      new PortalOpener(store, vault, exchange, (connection, use) => methods.spent(connection, use), moves, told, log),
  ),
  { provide: Portals, useExisting: OpenPortals },
  provide(
    OpenPortals,
    [ConnectionStore, PortalOpener, Log, LimitsWatch],
    (store: ConnectionStore, opener: PortalOpener, log: Log, watch: LimitsWatch) =>
      new OpenPortals({ store, opener, kindOf: platformKindOf, now, log, watch }),
  ),
  provide(
    Definitions,
    [Portals, DefinitionStore],
    (portals: Portals, store: DefinitionStore) => new CachedDefinitions(portals, store, now),
  ),
  provide(
    Connections,
    [ConnectionStore, Vault, Portals, EgressRules],
    (store: ConnectionStore, vault: Vault, portals: Portals, egress: EgressRules) =>
      new Connections({ store, vault, portals, kinds: platformKinds, egress }),
  ),
  provide(
    ConnectionTests,
    [Portals, Exchange],
    (portals: Portals, exchange: Exchange) => new ConnectionTests(portals, exchange),
  ),
  provide(RunIdsStore, [Database], (database: Database) => new PostgresRunIdsStore(database)),
  provide(RunIds, [RunIdsStore, Log], (store: RunIdsStore, log: Log) => new RunIds(store, log, now)),
];

/** Milliseconds of a clock that only goes forward. */
function now(): number {
  return performance.now();
}
