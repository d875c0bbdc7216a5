import type { Connection } from '../../src/connections/connection.js';
import type {
  Condition,
  ConnectionChange,
  ConnectionPage,
  ConnectionStore,
  KeptConnection,
  NewConnection,
  SealedAuth,
} from '../../src/connections/connection.store.js';

/** Connections in memory, by the same rules as the table; counts its reads. */
export class KeptInMemory implements ConnectionStore {
  readonly rows = new Map<string, KeptConnection>();
  /** Keys that have processes which are not closed. */
  readonly inUse = new Set<string>();
  /** Keys in the order in which their run ids were set anew. */
  readonly runIdsSet: string[] = [];
  reads = 0;
  #registered = 0;

  async register(given: NewConnection): Promise<Connection | null> {
    if (this.rows.has(given.key)) return null;
    return this.refresh(given);
  }

  async refresh({ auth, condition, ...given }: NewConnection): Promise<Connection> {
    const before = this.rows.get(given.key);
    this.#registered += 1;
    const createdAt = before?.connection.createdAt ?? new Date(this.#registered);
    const connection: Connection = {
      ...given,
      auth: auth.shown,
      portal: new URL(given.baseUrl).origin,
      moved: null,
      credentialsEndAt: null,
      state: condition.state,
      stateReason: condition.reason,
      stateSince: createdAt,
      version: (before?.connection.version ?? 0) + 1,
      createdAt,
      updatedAt: createdAt,
    };
    const authVersion = (before?.authVersion ?? 0) + 1;
    this.rows.set(given.key, { connection, authSealed: auth.sealed, authVersion });
    return connection;
  }

  async find(key: string): Promise<KeptConnection | null> {
    this.reads += 1;
    return this.rows.get(key) ?? null;
  }

  async all(): Promise<readonly KeptConnection[]> {
    this.reads += 1;
    return [...this.rows.values()];
  }

  async page({ keys }: ConnectionPage): Promise<readonly Connection[]> {
    return [...this.rows.values()].map((kept) => kept.connection).filter(({ key }) => !keys || keys.includes(key));
  }

  async change(key: string, version: number, { setsRunIds, ...terms }: ConnectionChange): Promise<Connection | null> {
    if (this.rows.get(key)?.connection.version !== version) return null;
    if (setsRunIds) this.runIdsSet.push(key);
    return this.#edit(key, { ...terms, version: version + 1 });
  }

  async replaceCredentials(key: string, auth: SealedAuth, { state, reason }: Condition): Promise<boolean> {
    const kept = this.rows.get(key);
    if (!kept) return false;
    this.rows.set(key, { ...kept, authSealed: auth.sealed, authVersion: kept.authVersion + 1 });
    const version = kept.connection.version + 1;
    return this.#edit(key, { auth: auth.shown, state, stateReason: reason, version }) !== null;
  }

  async claimRenewal(key: string, authVersion: number): ReturnType<ConnectionStore['claimRenewal']> {
    return this.rows.get(key)?.authVersion === authVersion ? 'mine' : 'overtaken';
  }

  async endRenewal(): Promise<void> {}

  async renewCredentials(key: string, auth: SealedAuth, authVersion: number): Promise<boolean> {
    const kept = this.rows.get(key);
    if (kept?.authVersion !== authVersion) return false;
    this.rows.set(key, { ...kept, authSealed: auth.sealed, authVersion: authVersion + 1 });
    return true;
  }

  async remove(key: string, version: number): Promise<'removed' | 'in_use' | 'stale'> {
    if (this.inUse.has(key)) return 'in_use';
    if (this.rows.get(key)?.connection.version !== version) return 'stale';
    this.rows.delete(key);
    return 'removed';
  }

  async pause(key: string): Promise<Connection | null> {
    return this.#edit(key, { state: 'paused' });
  }

  async resume(key: string): Promise<Connection | null> {
    return this.#edit(key, { state: 'active' });
  }

  async mark(key: string, { state, reason }: Condition, authVersion: number): Promise<boolean> {
    if (this.rows.get(key)?.authVersion !== authVersion) return false;
    return this.#edit(key, { state, stateReason: reason }) !== null;
  }

  #edit(key: string, change: Partial<Connection>): Connection | null {
    const kept = this.rows.get(key);
    if (!kept) return null;
    const connection = { ...kept.connection, ...change };
    this.rows.set(key, { ...kept, connection });
    return connection;
  }
}
