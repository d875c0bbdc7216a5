import type { JsonObject } from '../lib/json.js';
import type { ConnectionLimits } from '../platforms/platform-kind.js';
import type { Connection } from './connection.js';

/** Credentials as they are kept: sealed, and what of them may be shown. */
export interface SealedAuth {
  readonly shown: JsonObject;
  readonly sealed: Buffer;
  /** How many days they live from now unless they are renewed; absent or `null`: as long as the portal likes. */
  readonly lifeDays?: number | null;
}

/** What the machine knows about whether a connection works; an operator's pause is beside it. */
export interface Condition {
  readonly state: 'active' | 'degraded' | 'reauthorization_required';
  /** `null` with `active`. */
  readonly reason: string | null;
}

/** What people may change about a connection, apart from its credentials. */
export interface ConnectionTerms {
  readonly name: string;
  readonly baseUrl: string;
  readonly settings: JsonObject;
  readonly limits: ConnectionLimits;
}

/** Other terms for a connection. */
export interface ConnectionChange extends ConnectionTerms {
  /** An operator sets whether run ids are sent, if only to the same: what was learnt of them is forgotten. */
  readonly setsRunIds: boolean;
}

/** A connection that is not known yet. */
export interface NewConnection extends ConnectionTerms {
  readonly key: string;
  readonly platform: string;
  readonly auth: SealedAuth;
  readonly condition: Condition;
}

/** A connection with its sealed credentials. */
export interface KeptConnection {
  readonly connection: Connection;
  readonly authSealed: Buffer;
  /** Counts changes of the credentials, by people and by renewals that the platform itself made. */
  readonly authVersion: number;
}

/** A part of the list, newest first. */
export interface ConnectionPage {
  /** `null`: every connection. */
  readonly keys: readonly string[] | null;
  /** The last one of the page before; `null`: from the newest. */
  readonly after: { readonly createdAt: Date; readonly key: string } | null;
  readonly limit: number;
}

/** The life of a connection, one method per thing that happens to it; each is durable when it resolves. */
export interface ConnectionStore {
  /** `null`: the key is taken, and nothing is written. */
  register(connection: NewConnection): Promise<Connection | null>;
  /** Registers it, or brings the one of that key to these terms and credentials. */
  refresh(connection: NewConnection): Promise<Connection>;
  find(key: string): Promise<KeptConnection | null>;
  all(): Promise<readonly KeptConnection[]>;
  page(page: ConnectionPage): Promise<readonly Connection[]>;
  /**
   * Gives it other terms. A connection that moves to another address forgets the definitions that were read at the old
   * one, and which run ids it kept.
   * `null`: it is not at this version any more, and nothing is written.
   */
  change(key: string, version: number, change: ConnectionChange): Promise<Connection | null>;
  /** False: there is no such connection. */
  replaceCredentials(key: string, auth: SealedAuth, condition: Condition): Promise<boolean>;
  /**
   * Claims the right to renew credentials of this version, for 30 seconds. `wait`: somebody else has it. `overtaken`: others
   * are stored. `spent`: they were claimed twice already and no answer was stored.
   */
  claimRenewal(key: string, authVersion: number): Promise<'mine' | 'wait' | 'overtaken' | 'spent'>;
  /** Gives the right back. `counts`: the credentials may be used up, so that only one more claim is left. */
  endRenewal(key: string, authVersion: number, how: { readonly counts: boolean }): Promise<void>;
  /** Keeps what the platform itself renewed. False: other credentials were stored meanwhile, and these are not. */
  renewCredentials(key: string, auth: SealedAuth, authVersion: number): Promise<boolean>;
  /** `in_use`: it has processes that are not closed. `stale`: it is not at this version any more. */
  remove(key: string, version: number): Promise<'removed' | 'in_use' | 'stale'>;
  /** `null`: there is no such connection. One that is paused stays as it is. */
  pause(key: string): Promise<Connection | null>;
  resume(key: string): Promise<Connection | null>;
  /** False: it is so already, or it has other credentials by now, of which nothing was found out. */
  mark(key: string, condition: Condition, authVersion: number): Promise<boolean>;
}
export const ConnectionStore = Symbol('ConnectionStore');
