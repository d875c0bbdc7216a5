import type { DataSource, EntityManager } from 'typeorm';
import type { Client, ClientKey, ClientSettings } from '../security/client.js';
import type { ClientStore, FoundKey, NewKey } from '../security/client.store.js';
import { NameTaken } from '../security/security.errors.js';
import { PostgresAudit } from './audit.store.js';
import {
  clientOf,
  foundKeyOf,
  keyOf,
  settingsRow,
  type ClientRow,
  type FoundKeyRow,
  type KeyRow,
} from './client-rows.js';

/** Clients and the hashes of their keys in Postgres. */
export class PostgresClientStore implements ClientStore {
  constructor(private readonly database: DataSource) {}

  async list(limit: number, before: string | null): Promise<readonly Client[]> {
    const rows: ClientRow[] = await this.database.query(
      `select * from clients
       where $2::uuid is null or id < $2
       order by id desc
       limit $1`,
      [limit, before],
    );
    return rows.map(clientOf);
  }

  async find(id: string): Promise<Client | null> {
    const rows: ClientRow[] = await this.database.query('select * from clients where id = $1', [id]);
    return rows[0] ? clientOf(rows[0]) : null;
  }

  async keysOf(clientId: string): Promise<readonly ClientKey[]> {
    const rows: KeyRow[] = await this.database.query(
      'select * from api_keys where client_id = $1 order by id desc limit 1000',
      [clientId],
    );
    return rows.map(keyOf);
  }

  async add(id: string, settings: ClientSettings, key: NewKey): Promise<Client> {
    return this.#named(settings.name, (session) => insert(session, id, settings, key));
  }

  async change(id: string, changes: Partial<ClientSettings>): Promise<Client | null> {
    return this.#named(changes.name ?? '', async (session) => {
      const [before]: ClientRow[] = await session.query('select * from clients where id = $1 for update', [id]);
      if (!before) return null;
      const [rows]: [ClientRow[], number] = await session.query(
        `update clients
         set (name, scopes, connections, definitions, addresses, sees, requests_per_minute, require_idempotency_key,
              expires_at, version) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, version + 1)
         where id = $1
         returning *`,
        [id, ...settingsRow({ ...clientOf(before), ...changes })],
      );
      return rows[0] ? clientOf(rows[0]) : null;
    });
  }

  async remove(id: string): Promise<boolean> {
    const [, count]: [unknown, number] = await this.database.query('delete from clients where id = $1', [id]);
    return count > 0;
  }

  async addKey(clientId: string, key: NewKey): Promise<ClientKey | null> {
    const rows: KeyRow[] = await this.database.query(
      `insert into api_keys (id, client_id, prefix, hash)
       select $2, id, $3, $4 from clients where id = $1
       returning *`,
      [clientId, key.id, key.prefix, key.hash],
    );
    return rows[0] ? keyOf(rows[0]) : null;
  }

  async removeKey(clientId: string, keyId: string): Promise<boolean> {
    const [, count]: [unknown, number] = await this.database.query(
      'delete from api_keys where client_id = $1 and id = $2',
      [clientId, keyId],
    );
    return count > 0;
  }

  async keysWith(prefix: string): Promise<readonly FoundKey[]> {
    const rows: FoundKeyRow[] = await this.database.query(
      `select clients.*, api_keys.id as key_id, api_keys.hash,
              (extract(epoch from clients.expires_at - clock_timestamp()) * 1000)::float8 as left_ms,
              coalesce(last_used_at < clock_timestamp() - interval '1 minute', true) as is_note_due
       from api_keys
       join clients on clients.id = api_keys.client_id
       where api_keys.prefix = $1`,
      [prefix],
    );
    return rows.map(foundKeyOf);
  }

  async noteUse(keyId: string): Promise<void> {
    await this.database.query('update api_keys set last_used_at = clock_timestamp() where id = $1', [keyId]);
  }

  async keep(id: string, settings: ClientSettings, key: NewKey | null): Promise<Client> {
    return this.database.transaction(async (session) => {
      const rows: ClientRow[] = await session.query(
        `insert into clients (id, name, scopes, connections, definitions, addresses, sees, requests_per_minute,
                              require_idempotency_key, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update
         set name = excluded.name, scopes = excluded.scopes, require_idempotency_key = excluded.require_idempotency_key
         returning *`,
        [id, ...settingsRow(settings)],
      );
      const [, ended] = await session.query<[unknown, number]>(
        'delete from api_keys where client_id = $1 and hash is distinct from $2',
        [id, key?.hash ?? null],
      );
      if (key && ended > 0) await noteReplaced(session, id);
      if (key) {
        await session.query(
          `insert into api_keys (id, client_id, prefix, hash)
           values ($1, $2, $3, $4)
           on conflict (hash) do nothing`,
          [key.id, id, key.prefix, key.hash],
        );
      }
      return clientOf(only(rows));
    });
  }

  async #named<T>(name: string, work: (session: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      if (isDuplicateName(error)) throw new NameTaken(name);
      throw error;
    }
  }
}

/** In the transaction that does it, since nobody asked for it over the API. */
function noteReplaced(session: EntityManager, clientId: string): Promise<void> {
  const deed = { action: 'client-key.replace', target: `clients/${clientId}`, connection: null };
  const gateway = { clientId: null, client: 'gateway', address: null, traceId: null };
  return new PostgresAudit(session).note(gateway, deed, { result: 'done', target: null });
}

async function insert(session: EntityManager, id: string, settings: ClientSettings, key: NewKey): Promise<Client> {
  const rows: ClientRow[] = await session.query(
    `insert into clients (id, name, scopes, connections, definitions, addresses, sees, requests_per_minute,
                          require_idempotency_key, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     returning *`,
    [id, ...settingsRow(settings)],
  );
  await session.query('insert into api_keys (id, client_id, prefix, hash) values ($1, $2, $3, $4)', [
    key.id,
    id,
    key.prefix,
    key.hash,
  ]);
  return clientOf(only(rows));
}

function only(rows: readonly ClientRow[]): ClientRow {
  const [row] = rows;
  if (!row) throw new Error('An insert of a client returned no row');
  return row;
}

function isDuplicateName(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'clients_name_key';
}
