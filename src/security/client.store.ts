import type { StoredKey } from './api-key.js';
import type { Client, ClientKey, ClientSettings } from './client.js';

/** A key that is to be stored. */
export interface NewKey extends StoredKey {
  readonly id: string;
}

/** A key that begins as one that came, with its client. */
export interface FoundKey {
  readonly id: string;
  readonly hash: Buffer;
  readonly client: Client;
  /** Until the client expires, by the clock of the database; not above 0 where it has. `null`: it never does. */
  readonly leftMs: number | null;
  /** Whether its last use was noted more than a minute ago. */
  readonly isNoteDue: boolean;
}

/** Where clients and the hashes of their keys are kept. */
export interface ClientStore {
  /** Newest first, those with an id below `before`. */
  list(limit: number, before: string | null): Promise<readonly Client[]>;
  find(id: string): Promise<Client | null>;
  /** The keys of a client, newest first. */
  keysOf(clientId: string): Promise<readonly ClientKey[]>;
  /** A client and its first key. @throws NameTaken */
  add(id: string, settings: ClientSettings, key: NewKey): Promise<Client>;
  /** `null`: there is no such client. @throws NameTaken */
  change(id: string, settings: Partial<ClientSettings>): Promise<Client | null>;
  /** Removes a client with its keys; false: there is none. */
  remove(id: string): Promise<boolean>;
  /** `null`: there is no such client. */
  addKey(clientId: string, key: NewKey): Promise<ClientKey | null>;
  /** False: this client has no such key. */
  removeKey(clientId: string, keyId: string): Promise<boolean>;
  /** The keys with this prefix, nearly always one or none; whether one of them came, its hash decides. */
  keysWith(prefix: string): Promise<readonly FoundKey[]>;
  /** Notes that a key is used now. */
  noteUse(keyId: string): Promise<void>;
  /**
   * Makes a client be exactly so, under a fixed name, with no key but the one given; `null`: with none at all.
   * Replicas that start together may do it at the same time.
   */
  keep(id: string, settings: ClientSettings, key: NewKey | null): Promise<Client>;
}
export const ClientStore = Symbol('ClientStore');
