import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { systemClock } from './lib/clock.js';
import { EgressRules } from './lib/egress-rules.js';
import { guardedExchange } from './lib/guarded-exchange.js';
import { Log } from './lib/log.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { AccessTokens } from './security/access-tokens.js';
import { Bearers } from './security/bearers.js';
import { ClientStore } from './security/client.store.js';
import { Clients } from './security/clients.js';
import { IssuerKeys } from './security/issuer-keys.js';
import { KnownCallers } from './security/known-callers.js';
import { Quota } from './security/quota.js';
import { QuotaStore } from './security/quota.store.js';
import { PostgresClientStore } from './storage/client.store.js';
import { PostgresQuotas } from './storage/quota.store.js';

/** Who may call, and how often. */
export const securityParts: Provider[] = [
  provide(ClientStore, [Database], (database: Database) => new PostgresClientStore(database)),
  provide(KnownCallers, [ClientStore], (store: ClientStore) => new KnownCallers(store)),
  provide(
    Clients,
    [ClientStore, KnownCallers],
    (store: ClientStore, callers: KnownCallers) => new Clients(store, callers),
  ),
  provide(
    Bearers,
    [KnownCallers, Config, EgressRules, Log],
    (callers: KnownCallers, { jwt }: Config, egress: EgressRules, log: Log) => {
      if (!jwt) return new Bearers(callers, null);
      // Past the budgets of portals: the issuer of tokens is none.
      const keys = new IssuerKeys(jwt.jwksUrl, guardedExchange(egress), { log, now });
      return new Bearers(callers, new AccessTokens(jwt, keys, systemClock));
    },
  ),
  provide(QuotaStore, [Database], (database: Database) => new PostgresQuotas(database)),
  provide(Quota, [QuotaStore], (store: QuotaStore) => new Quota(store, now)),
];

/** Milliseconds of a clock that only goes forward. */
function now(): number {
  return performance.now();
}
