import type { Condition, KeptConnection } from '../connections/connection.store.js';
import type { Connection } from '../connections/connection.js';
import { originOf } from '../lib/origin.js';

/** The columns of a connection that may leave this room in clear. */
export const shownColumns = `key, platform, name, base_url, portal, moved_from, moved_at, auth_shown, auth_ends_at, settings,
  limits, paused, state, state_reason, state_since, version, created_at, updated_at`;

export interface ConnectionRow {
  readonly key: string;
  readonly platform: string;
  readonly name: string;
  readonly base_url: string;
  /** `null`: the origin of `base_url`. */
  readonly portal: string | null;
  readonly moved_from: string | null;
  readonly moved_at: Date | null;
  readonly auth_shown: Connection['auth'];
  readonly auth_ends_at: Date | null;
  readonly settings: Connection['settings'];
  readonly limits: Connection['limits'];
  readonly paused: boolean;
  readonly state: Condition['state'];
  readonly state_reason: string | null;
  readonly state_since: Date;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface KeptConnectionRow extends ConnectionRow {
  readonly auth_sealed: Buffer;
  readonly auth_version: number;
}

/** A connection from its row; a pause hides what the machine knows. */
export function connectionOf(row: ConnectionRow): Connection {
  return {
    key: row.key,
    platform: row.platform,
    name: row.name,
    baseUrl: row.base_url,
    portal: row.portal ?? originOf(row.base_url),
    moved: row.moved_from !== null && row.moved_at ? { from: row.moved_from, at: row.moved_at } : null,
    credentialsEndAt: row.auth_ends_at,
    auth: row.auth_shown,
    settings: row.settings,
    limits: row.limits,
    state: row.paused ? 'paused' : row.state,
    stateReason: row.paused ? 'An operator paused it.' : row.state_reason,
    stateSince: row.state_since,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function keptConnectionOf(row: KeptConnectionRow): KeptConnection {
  return { connection: connectionOf(row), authSealed: row.auth_sealed, authVersion: row.auth_version };
}
