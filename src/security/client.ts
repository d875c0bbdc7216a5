import type { Scope } from './caller.js';

/** What an administrator decides about a client. */
export interface ClientSettings {
  /** Unique; `createdBy` of what it starts. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** `null`: every connection. */
  readonly connections: readonly string[] | null;
  /** `null`: every definition. */
  readonly definitions: readonly string[] | null;
  /** CIDRs that it may call from; `null`: from anywhere. */
  readonly addresses: readonly string[] | null;
  readonly sees: 'own' | 'connection';
  /** `null`: no quota. */
  readonly requestsPerMinute: number | null;
  readonly requireIdempotencyKey: boolean;
  /** `null`: never. */
  readonly expiresAt: Date | null;
}

/** Somebody who may call the gateway. */
export interface Client extends ClientSettings {
  readonly id: string;
  /** Counts changes by people; the ETag. */
  readonly version: number;
  readonly createdAt: Date;
}

/** One key of a client, without the key. */
export interface ClientKey {
  readonly id: string;
  readonly prefix: string;
  readonly createdAt: Date;
  /** `null`: never used. Within a minute or so. */
  readonly lastUsedAt: Date | null;
}
