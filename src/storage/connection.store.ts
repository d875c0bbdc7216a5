import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Connection } from '../connections/connection.js';
import type {
  Condition,
  ConnectionChange,
  ConnectionPage,
  ConnectionStore,
  KeptConnection,
  NewConnection,
  SealedAuth,
} from '../connections/connection.store.js';
import { originOf } from '../lib/origin.js';
import { markConnection, pauseConnection } from './connection-state.sql.js';
import { changeConnection, removeConnection } from './connection.sql.js';
import { claimRenewal, endRenewal, renewCredentials, replaceCredentials } from './credentials.sql.js';
import { insertConnection, refreshConnection } from './register.sql.js';
import {
  connectionOf,
  keptConnectionOf,
  shownColumns,
  type ConnectionRow,
  type KeptConnectionRow,
} from './connection-row.js';

function valuesOf({ key, platform, name, baseUrl, settings, limits, auth, condition }: NewConnection): unknown[] {
  const { shown, sealed, lifeDays = null } = auth;
  const { state, reason } = condition;
  return [key, platform, name, baseUrl, settings, limits, shown, sealed, state, reason, lifeDays, originOf(baseUrl)];
}

/** Connections in Postgres. Updates are read back through `with`, since the driver gives their rows in another form. */
export class PostgresConnectionStore implements ConnectionStore {
  constructor(private readonly database: DataSource) {}

  async register(connection: NewConnection): Promise<Connection | null> {
    return this.#one(
      `${insertConnection} on conflict (key) do nothing returning ${shownColumns}`,
      valuesOf(connection),
    );
  }

  async refresh(connection: NewConnection): Promise<Connection> {
    const refreshed = await this.#one(refreshConnection(shownColumns), valuesOf(connection));
    if (!refreshed) throw new Error(`The connection ${connection.key} was neither written nor refused`);
    return refreshed;
  }

  async find(key: string): Promise<KeptConnection | null> {
    const [row] = await this.database.query<KeptConnectionRow[]>(
      `select ${shownColumns}, auth_sealed, auth_version from connections where key = $1`,
      [key],
    );
    return row ? keptConnectionOf(row) : null;
  }

  async all(): Promise<readonly KeptConnection[]> {
    const rows = await this.database.query<KeptConnectionRow[]>(
      `select ${shownColumns}, auth_sealed, auth_version from connections`,
    );
    return rows.map(keptConnectionOf);
  }

  async page({ keys, after, limit }: ConnectionPage): Promise<readonly Connection[]> {
    const rows = await this.database.query<ConnectionRow[]>(
      `select ${shownColumns}
       from connections
       where ($1::text[] is null or key = any($1))
         and ($2::timestamptz is null or (created_at, key) < ($2, $3))
       order by created_at desc, key desc
       limit $4`,
      [keys, after?.createdAt ?? null, after?.key ?? null, limit],
    );
    return rows.map(connectionOf);
  }

  async change(key: string, version: number, terms: ConnectionChange): Promise<Connection | null> {
    return this.#one(changeConnection(shownColumns), [
      key,
      version,
      terms.name,
      terms.baseUrl,
      terms.settings,
      terms.limits,
      terms.setsRunIds,
    ]);
  }

  async replaceCredentials(key: string, auth: SealedAuth, condition: Condition): Promise<boolean> {
    const replaced = await this.#one(replaceCredentials(shownColumns, 'true'), [
      key,
      auth.shown,
      auth.sealed,
      condition.state,
      condition.reason,
      auth.lifeDays ?? null,
      uuidv7(),
    ]);
    return replaced !== null;
  }

  async renewCredentials(key: string, auth: SealedAuth, authVersion: number): Promise<boolean> {
    const renewed = await this.#one(renewCredentials(shownColumns), [
      key,
      auth.shown,
      auth.sealed,
      authVersion,
      auth.lifeDays ?? null,
      uuidv7(),
    ]);
    return renewed !== null;
  }

  async claimRenewal(key: string, authVersion: number): Promise<'mine' | 'wait' | 'overtaken' | 'spent'> {
    const [row] = await this.database.query<{ claim: 'mine' | 'wait' | 'overtaken' | 'spent' }[]>(claimRenewal, [
      key,
      authVersion,
    ]);
    return row?.claim ?? 'overtaken';
  }

  async endRenewal(key: string, authVersion: number, { counts }: { readonly counts: boolean }): Promise<void> {
    await this.database.query(endRenewal, [key, authVersion, counts ? 0 : 1]);
  }

  async remove(key: string, version: number): Promise<'removed' | 'in_use' | 'stale'> {
    const [seen] = await this.database.query<{ removed: boolean; in_use: boolean }[]>(removeConnection, [key, version]);
    if (seen?.removed) return 'removed';
    return seen?.in_use ? 'in_use' : 'stale';
  }

  async pause(key: string): Promise<Connection | null> {
    return this.#one(pauseConnection(shownColumns), [key, true]);
  }

  async resume(key: string): Promise<Connection | null> {
    return this.#one(pauseConnection(shownColumns), [key, false]);
  }

  async mark(key: string, { state, reason }: Condition, authVersion: number): Promise<boolean> {
    const ids = [uuidv7(), uuidv7()];
    const marked = await this.#one(markConnection(shownColumns), [key, state, reason, authVersion, ...ids]);
    return marked !== null;
  }

  async #one(sql: string, parameters: unknown[]): Promise<Connection | null> {
    const [row] = await this.database.query<ConnectionRow[]>(sql, parameters);
    return row ? connectionOf(row) : null;
  }
}
