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
import { endOfConnectionIncidents, incidentsOfConnection } from './incident.sql.js';
import { originOf } from '../lib/origin.js';
import { toldOfState } from './connection-events.sql.js';
import { changeConnection, claimRenewal, stateSince } from './connection.sql.js';
import { renewCredentials, replaceCredentials } from './credentials.sql.js';
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

/**
 * Those that are starting are found by their operations, which the indexes of processes are without. A command on a task may
 * go through another connection than that of its process. $1 connection
 */
const isNeeded = `(exists (
             select
             from processes
             where connection = $1 and state in ('queued', 'indeterminate', 'running', 'terminating') and state <> 'starting')
           or exists (
             select
             from operations o
             join processes p on p.id = o.process_id
             where o.connection = $1 and o.state in ('queued', 'sending') and p.category <> 'closed'))`;

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
    await this.database.query(
      `update connections
       set renewing_until = null, renewals = greatest(0, renewals - $3::int)
       where key = $1 and auth_version = $2`,
      [key, authVersion, counts ? 0 : 1],
    );
  }

  async remove(key: string, version: number): Promise<'removed' | 'in_use' | 'stale'> {
    const [seen] = await this.database.query<{ removed: boolean; in_use: boolean }[]>(
      `with removed as (
         delete from connections
         where key = $1 and version = $2
           and not ${isNeeded}
         returning key
       ), needed as (
         select key, null as kind from removed
       ), ${endOfConnectionIncidents}
       select exists (select from removed) as removed,
         ${isNeeded} as in_use`,
      [key, version],
    );
    if (seen?.removed) return 'removed';
    return seen?.in_use ? 'in_use' : 'stale';
  }

  async pause(key: string): Promise<Connection | null> {
    return this.#setPaused(key, 'true');
  }

  async resume(key: string): Promise<Connection | null> {
    return this.#setPaused(key, 'false');
  }

  async mark(key: string, { state, reason }: Condition, authVersion: number): Promise<boolean> {
    const marked = await this.#one(
      `with before as (
         select key as was_key, state as was_state
         from connections
         where key = $1 and auth_version = $4
           and (state, state_reason) is distinct from ($2, $3)
         for update
       ), marked as (
         update connections
         set state = $2, state_reason = $3, state_since = ${stateSince('$2')}
         from before
         where key = was_key
         returning ${shownColumns}, was_state
       ), ${incidentsOfConnection('$5')}, ${toldOfState('marked', '$6')}
       select * from marked`,
      [key, state, reason, authVersion, uuidv7(), uuidv7()],
    );
    return marked !== null;
  }

  async #setPaused(key: string, paused: 'true' | 'false'): Promise<Connection | null> {
    // A pause that changes nothing must leave the version alone, or it would void the ETag of whoever is editing.
    return this.#one(
      `with paused as (
         update connections
         set paused = $2::boolean,
           version = version + (paused <> $2::boolean)::int,
           updated_at = case when paused <> $2::boolean then clock_timestamp() else updated_at end,
           state_since = case when paused <> $2::boolean then clock_timestamp() else state_since end
         where key = $1
         returning ${shownColumns}
       )
       select * from paused`,
      [key, paused],
    );
  }

  async #one(sql: string, parameters: unknown[]): Promise<Connection | null> {
    const [row] = await this.database.query<ConnectionRow[]>(sql, parameters);
    return row ? connectionOf(row) : null;
  }
}
