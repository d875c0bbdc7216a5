import { scopes, type Scope } from '../security/caller.js';
import type { Client, ClientKey, ClientSettings } from '../security/client.js';
import type { FoundKey } from '../security/client.store.js';

/** A row of `clients`. */
export interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly connections: readonly string[] | null;
  readonly definitions: readonly string[] | null;
  readonly addresses: readonly string[] | null;
  readonly sees: 'own' | 'connection';
  readonly requests_per_minute: number | null;
  readonly require_idempotency_key: boolean;
  readonly expires_at: Date | null;
  readonly version: number;
  readonly created_at: Date;
}

/** A row of `api_keys`. */
export interface KeyRow {
  readonly id: string;
  readonly prefix: string;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

/** A row of `clients` with one of its keys. */
export interface FoundKeyRow extends ClientRow {
  readonly key_id: string;
  readonly hash: Buffer;
  readonly left_ms: number | null;
  readonly is_note_due: boolean;
}

export function clientOf(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    // A scope that a newer version granted means nothing here.
    scopes: row.scopes.filter((scope): scope is Scope => scopes.some((known) => known === scope)),
    connections: row.connections,
    definitions: row.definitions,
    addresses: row.addresses,
    sees: row.sees,
    requestsPerMinute: row.requests_per_minute,
    requireIdempotencyKey: row.require_idempotency_key,
    expiresAt: row.expires_at,
    version: row.version,
    createdAt: row.created_at,
  };
}

export function keyOf(row: KeyRow): ClientKey {
  return { id: row.id, prefix: row.prefix, createdAt: row.created_at, lastUsedAt: row.last_used_at };
}

export function foundKeyOf(row: FoundKeyRow): FoundKey {
  return { id: row.key_id, hash: row.hash, client: clientOf(row), leftMs: row.left_ms, isNoteDue: row.is_note_due };
}

/** The columns from `name` to `expires_at`, in the order of the table. */
export function settingsRow(settings: ClientSettings): unknown[] {
  return [
    settings.name,
    settings.scopes,
    settings.connections,
    settings.definitions,
    settings.addresses,
    settings.sees,
    settings.requestsPerMinute,
    settings.requireIdempotencyKey,
    settings.expiresAt,
  ];
}
