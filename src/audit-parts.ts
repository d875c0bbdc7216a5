import type { INestApplicationContext, Provider } from '@nestjs/common';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { provide } from './provide.js';
import { Audit } from './security/audit.js';
import { RefusedCallers } from './security/refused-callers.js';
import { PostgresAudit } from './storage/audit.store.js';
import { Database } from './storage/database.js';

/** Who did what. */
export const auditParts: Provider[] = [
  provide(Audit, [Database], (database: Database) => new PostgresAudit(database)),
  provide(
    RefusedCallers,
    [Audit, Log],
    (audit: Audit, log: Log) => new RefusedCallers(audit, (error) => log.error('audit.unwritten', { error })),
  ),
];

/** Writes down who was turned away, until the gateway stops. */
export function beginAudit(app: INestApplicationContext, closing: Closing): void {
  const refused = app.get(RefusedCallers);
  refused.begin();
  closing.add('audit', () => refused.end());
}
