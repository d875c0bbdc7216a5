import type { Fault } from '../lib/fault.js';
import type { Resolve } from '../lib/egress-address.js';
import type { EgressRules } from '../lib/egress-rules.js';
import type { JsonObject } from '../lib/json.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import { refuseInward, urlsOfAuth, type CalledUrl } from './addresses.js';
import { isConnectionKey } from './connection-key.js';
import {
  ConnectionChanged,
  ConnectionInUse,
  ConnectionKeyTaken,
  ConnectionNotFound,
  ConnectionUnfit,
} from './connection.errors.js';
import type { Connection } from './connection.js';
import type { Condition, ConnectionPage, ConnectionStore, NewConnection } from './connection.store.js';
import type { Portals } from './portals.js';
import {
  faultsOfOwn,
  readPatch,
  readRegistration,
  unknownPlatform,
  type OwnFields,
  type Registration,
  type TermsPatch,
} from './registration.js';
import type { Vault } from './vault.js';

export interface ConnectionsParts {
  readonly store: ConnectionStore;
  readonly vault: Vault;
  readonly portals: Portals;
  readonly kinds: readonly PlatformKind[];
  readonly egress: EgressRules;
  /** Absent: the system's resolver. */
  readonly resolve?: Resolve;
}

/** The commands on registered portals. None of them dials one. */
export class Connections {
  constructor(private readonly parts: ConnectionsParts) {}

  async page(page: ConnectionPage): Promise<readonly Connection[]> {
    return this.parts.store.page(page);
  }

  /** @throws ConnectionNotFound */
  async find(key: string): Promise<Connection> {
    const kept = isConnectionKey(key) ? await this.parts.store.find(key) : null;
    if (!kept) throw new ConnectionNotFound(key);
    return kept.connection;
  }

  /** What the platform finds wrong with a registration whose common fields are at fault already. */
  faultsOfNew(platform: unknown, auth: unknown, own: OwnFields): readonly Fault[] {
    const kind = this.parts.kinds.find((one) => one.platform === platform);
    return kind ? faultsOfOwn(kind, auth, own) : [];
  }

  /** What the platform finds wrong with a change whose common fields are at fault already. */
  faultsOfPatch(connection: Connection, own: OwnFields): readonly Fault[] {
    const read = readPatch(this.#kindOf(connection.platform), connection, { own });
    return 'faults' in read ? read.faults : [];
  }

  /**
   * @throws ConnectionUnfit     the platform cannot use it
   * @throws EgressDenied        its portal must not be called
   * @throws ConnectionKeyTaken
   */
  async register(given: Registration): Promise<Connection> {
    const { connection, urls } = this.#read(given);
    await refuseInward(urls, this.parts.egress, this.parts.resolve);
    const registered = await this.parts.store.register(connection);
    if (!registered) throw new ConnectionKeyTaken(given.key);
    return registered;
  }

  /**
   * Registers a portal of our own, or brings it to these terms. Its address is ours, so the egress rules are not asked.
   *
   * @throws ConnectionUnfit  the platform cannot use it
   */
  async registerOwn(given: Registration): Promise<Connection> {
    const refreshed = await this.parts.store.refresh(this.#read(given).connection);
    this.parts.portals.changed(given.key);
    return refreshed;
  }

  /**
   * @param version  the one that the change was made on
   * @throws ConnectionNotFound
   * @throws ConnectionChanged   it has another version by now
   * @throws ConnectionUnfit     the platform cannot use it
   * @throws EgressDenied        its portal must not be called
   */
  async change(key: string, version: number, patch: TermsPatch): Promise<Connection> {
    const connection = await this.find(key);
    if (connection.version !== version) throw new ConnectionChanged(key);
    const read = readPatch(this.#kindOf(connection.platform), connection, patch);
    if ('faults' in read) throw new ConnectionUnfit(read.faults);
    const { baseUrl } = read.value;
    if (baseUrl !== connection.baseUrl) {
      await refuseInward([{ pointer: '/baseUrl', url: baseUrl }], this.parts.egress, this.parts.resolve);
    }
    const changed = await this.parts.store.change(key, version, {
      ...read.value,
      setsRunIds: 'runIds' in patch.own,
    });
    if (!changed) throw new ConnectionChanged(key);
    this.parts.portals.changed(key);
    return changed;
  }

  /**
   * Puts other credentials in the place of the stored ones; what the old ones had caused is over.
   *
   * @throws ConnectionNotFound
   * @throws ConnectionUnfit     the platform cannot use them
   * @throws EgressDenied        they lead to an address that must not be called
   */
  async replaceCredentials(key: string, given: unknown): Promise<void> {
    const connection = await this.find(key);
    const kind = this.#kindOf(connection.platform);
    const read = kind.readAuth(given);
    if ('faults' in read) throw new ConnectionUnfit(read.faults);
    await refuseInward(urlsOfAuth(read.value, ''), this.parts.egress, this.parts.resolve);
    const auth = this.parts.vault.seal(key, kind, read.value);
    const replaced = await this.parts.store.replaceCredentials(key, auth, conditionOf(kind, read.value));
    if (!replaced) throw new ConnectionNotFound(key);
    this.parts.portals.changed(key);
  }

  /**
   * @throws ConnectionNotFound
   * @throws ConnectionChanged   it has another version by now
   * @throws ConnectionInUse     processes of it are not closed
   */
  async remove(key: string, version: number): Promise<void> {
    await this.find(key);
    const removed = await this.parts.store.remove(key, version);
    if (removed === 'in_use') throw new ConnectionInUse(key);
    if (removed === 'stale') throw new ConnectionChanged(key);
    this.parts.portals.changed(key);
  }

  /** Stops sending; starts queue meanwhile. @throws ConnectionNotFound */
  async pause(key: string): Promise<Connection> {
    return this.#seen(key, isConnectionKey(key) ? await this.parts.store.pause(key) : null);
  }

  /** Goes on sending. @throws ConnectionNotFound */
  async resume(key: string): Promise<Connection> {
    return this.#seen(key, isConnectionKey(key) ? await this.parts.store.resume(key) : null);
  }

  #seen(key: string, connection: Connection | null): Connection {
    if (!connection) throw new ConnectionNotFound(key);
    this.parts.portals.changed(key);
    return connection;
  }

  #read(given: Registration): { connection: NewConnection; urls: readonly CalledUrl[] } {
    const kind = this.#kindOf(given.platform);
    const read = readRegistration(kind, given);
    if ('faults' in read) throw new ConnectionUnfit(read.faults);
    const { terms, auth } = read.value;
    const { key, platform } = given;
    const sealed = this.parts.vault.seal(key, kind, auth);
    return {
      connection: { ...terms, key, platform, auth: sealed, condition: conditionOf(kind, auth) },
      urls: [{ pointer: '/baseUrl', url: terms.baseUrl }, ...urlsOfAuth(auth, '/auth')],
    };
  }

  #kindOf(platform: string): PlatformKind {
    const kind = this.parts.kinds.find((one) => one.platform === platform);
    if (!kind) throw new ConnectionUnfit([unknownPlatform(this.parts.kinds)]);
    return kind;
  }
}

function conditionOf(kind: PlatformKind, auth: JsonObject): Condition {
  if (!kind.awaitsConsent?.(auth)) return { state: 'active', reason: null };
  return { state: 'reauthorization_required', reason: 'Nobody has consented at the portal yet.' };
}
