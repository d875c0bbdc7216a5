import type { DataSource, EntityManager } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { SealedAuth } from '../connections/connection.store.js';
import type { AskedConsent, ConsentAnswered, ConsentStore } from '../connections/consent.store.js';
import { PostgresAudit } from './audit.store.js';
import { replaceCredentials } from './credentials.sql.js';

// A connection that was removed and registered anew is another one, although its version may be the same.
const take = `
  with taken as (
    delete from consents
    where id = $1::uuid
    returning *
  )
  select t.id, t.connection, t.version
  from taken t
  join connections c on c.key = t.connection and c.created_at = t.made_at and c.version = t.version
  where t.expires_at > clock_timestamp()`;

/** Consents in Postgres; those that nobody answered go when the next is asked for. */
export class PostgresConsentStore implements ConsentStore {
  constructor(private readonly database: DataSource) {}

  async ask({ id, connectionKey, version }: AskedConsent, forSeconds: number): Promise<void> {
    await this.database.query(
      `with over as (
         delete from consents
         where id in (select id from consents where expires_at < clock_timestamp() for update skip locked)
       )
       insert into consents (id, connection, made_at, version, expires_at)
       select $1::uuid, key, created_at, $3, clock_timestamp() + make_interval(secs => $4)
       from connections
       where key = $2`,
      [id, connectionKey, version, forSeconds],
    );
  }

  async take(id: string): Promise<AskedConsent | null> {
    const [row] = await this.database.query<{ id: string; connection: string; version: number }[]>(take, [id]);
    return row ? { id: row.id, connectionKey: row.connection, version: row.version } : null;
  }

  async keep(asked: AskedConsent, auth: SealedAuth, answered: ConsentAnswered): Promise<boolean> {
    return this.database.transaction(async (session) => {
      const kept = await replaced(session, asked, auth);
      if (kept) await note(new PostgresAudit(session), asked, answered);
      return kept;
    });
  }
}

async function replaced(
  session: EntityManager,
  { connectionKey, version }: AskedConsent,
  auth: SealedAuth,
): Promise<boolean> {
  const kept = await session.query<unknown[]>(replaceCredentials('key, state, state_reason', 'version = $8'), [
    connectionKey,
    auth.shown,
    auth.sealed,
    'active',
    null,
    auth.lifeDays ?? null,
    uuidv7(),
    version,
  ]);
  return kept.length === 1;
}

/** Who came back from the portal is not known: the answer needs no key. */
function note(audit: PostgresAudit, { connectionKey }: AskedConsent, answered: ConsentAnswered): Promise<void> {
  return audit.note(
    { clientId: null, client: null, ...answered },
    { action: 'connection.consent', target: `connections/${connectionKey}`, connection: connectionKey },
    { result: 'done', target: null },
  );
}
