import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../lib/log.js';
import type { PlatformError } from '../platforms/platform.errors.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import type { Platform } from '../platforms/platform.js';
import { isConnectionKey } from './connection-key.js';
import type { Condition, ConnectionStore, KeptConnection } from './connection.store.js';
import type { OpenAdapter, PortalOpener } from './portal-opener.js';
import type { PortalWatch } from './portal-watch.js';
import type { Portal, Portals } from './portals.js';

/** How old a row may be before it is read again: so late does a replica see what another one changed. */
const freshMs = 1000;

interface OpenPortal {
  readonly kept: KeptConnection;
  readonly portal: Portal;
  readonly adapter: OpenAdapter;
  /** By the monotonic clock. */
  readonly readAtMs: number;
}

export interface OpenPortalsParts {
  readonly store: ConnectionStore;
  readonly opener: PortalOpener;
  kindOf(platform: string): PlatformKind | null;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  readonly log: Log;
  /** Absent: nobody keeps an eye on them. */
  readonly watch?: PortalWatch;
}

/** Adapters, kept open for as long as what they were made of stays the same. */
export class OpenPortals implements Portals {
  readonly #open = new Map<string, OpenPortal>();
  readonly #reads = new Map<string, Promise<Portal | null>>();
  /** When a connection was last said to have changed. */
  readonly #changedAtMs = new Map<string, number>();
  #allReadAtMs = Number.NEGATIVE_INFINITY;
  #allRead: Promise<void> | null = null;

  constructor(private readonly parts: OpenPortalsParts) {}

  async of(connectionKey: string): Promise<Portal | null> {
    const open = this.#open.get(connectionKey);
    if (open && this.#isFresh(open.readAtMs)) return open.portal;
    if (!isConnectionKey(connectionKey)) return null;
    const reading = this.#reads.get(connectionKey);
    if (reading) return reading;
    const read = this.#read(connectionKey).finally(() => this.#reads.delete(connectionKey));
    this.#reads.set(connectionKey, read);
    return read;
  }

  async all(): Promise<readonly Portal[]> {
    if (!this.#isFresh(this.#allReadAtMs)) {
      const reading = (this.#allRead ??= this.#readAll());
      await reading.finally(() => {
        if (this.#allRead === reading) this.#allRead = null;
      });
    }
    return [...this.#open.values()].map(({ portal }) => portal);
  }

  async mark(connectionKey: string, state: Condition['state'], reason: string | null, asked?: Platform): Promise<void> {
    const open = this.#open.get(connectionKey);
    if (!open || (asked && asked !== open.portal.platform)) return;
    const { connection } = open.portal;
    if (connection.state === state && connection.stateReason === reason) return;
    const marked = await this.parts.store.mark(connectionKey, { state, reason }, open.adapter.authVersion());
    if (marked) this.parts.log.info('connection.marked', { connection: connectionKey, state, reason });
    // Where somebody else was first, the row is newer than what is open here.
    this.changed(connectionKey);
  }

  failed(connectionKey: string, error: PlatformError): void {
    const open = this.#open.get(connectionKey);
    if (open) this.parts.watch?.failed(open.portal.connection, error);
  }

  changed(connectionKey: string): void {
    const open = this.#open.get(connectionKey);
    if (open) this.#open.set(connectionKey, { ...open, readAtMs: Number.NEGATIVE_INFINITY });
    // A read that is under way may have seen the row before the change, so nobody waits for it from now on.
    this.#changedAtMs.set(connectionKey, this.parts.now());
    this.#reads.delete(connectionKey);
    this.#allRead = null;
    this.#allReadAtMs = Number.NEGATIVE_INFINITY;
  }

  /** When credentials end, by connection, as of the last read. */
  credentialsEnd(): ReadonlyMap<string, Date> {
    const all = [...this.#open].map(([key, { portal }]) => [key, portal.connection.credentialsEndAt] as const);
    return new Map(all.flatMap(([key, at]) => (at ? [[key, at] as const] : [])));
  }

  /** Ends every session that stands open at a portal. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ adapter }) => adapter.close()));
  }

  #isFresh(readAtMs: number): boolean {
    return this.parts.now() - readAtMs < freshMs;
  }

  async #read(connectionKey: string): Promise<Portal | null> {
    const readAtMs = this.parts.now();
    const kept = await this.parts.store.find(connectionKey);
    if (kept) return this.#keep(kept, readAtMs);
    this.#forget(connectionKey);
    return null;
  }

  async #readAll(): Promise<void> {
    const readAtMs = this.parts.now();
    const rows = await this.parts.store.all();
    const keys = new Set(rows.map(({ connection }) => connection.key));
    for (const [key, open] of this.#open) if (!keys.has(key) && open.readAtMs < readAtMs) this.#forget(key);
    for (const kept of rows) this.#keepReadable(kept, readAtMs);
    const isPast = [...this.#changedAtMs.values()].some((changedAtMs) => changedAtMs > readAtMs);
    if (!isPast && readAtMs > this.#allReadAtMs) this.#allReadAtMs = readAtMs;
  }

  /** One row that cannot be opened must not stop the others. */
  #keepReadable(kept: KeptConnection, readAtMs: number): void {
    try {
      this.#keep(kept, readAtMs);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown';
      this.parts.log.error('connection.unreadable', { connection: kept.connection.key, message });
    }
  }

  #keep(kept: KeptConnection, readAtMs: number): Portal | null {
    const { key } = kept.connection;
    const open = this.#open.get(key);
    if (open && (open.readAtMs > readAtMs || isOlder(kept, open))) return open.portal;
    const isPast = (this.#changedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) > readAtMs;
    if (open && isSameAccess(kept, open))
      return this.#set({ ...open, kept, readAtMs: isPast ? open.readAtMs : readAtMs });
    const kind = this.parts.kindOf(kept.connection.platform);
    if (!kind) return null;
    const adapter = this.parts.opener.open(kept, kind, () => this.#overtaken(key));
    this.#drop(key);
    const portal = { connection: kept.connection, kind, platform: adapter.platform };
    return this.#set({ kept, portal, adapter, readAtMs: isPast ? Number.NEGATIVE_INFINITY : readAtMs });
  }

  #set(open: OpenPortal): Portal {
    const { connection } = open.kept;
    const portal = isDeepStrictEqual(open.portal.connection, connection) ? open.portal : { ...open.portal, connection };
    this.#open.set(connection.key, { ...open, portal });
    this.parts.watch?.known(portal.connection);
    return portal;
  }

  #overtaken(connectionKey: string): void {
    this.#drop(connectionKey);
    // A portal that moves gives its name to other connections as well.
    for (const other of this.#open.keys()) this.changed(other);
  }

  #forget(connectionKey: string): void {
    this.#drop(connectionKey);
    this.parts.watch?.gone(connectionKey);
  }

  #drop(connectionKey: string): void {
    const open = this.#open.get(connectionKey);
    this.#open.delete(connectionKey);
    void open?.adapter.close();
  }
}

// Two reads of a row may end in the wrong order; the older one would bring a used-up refresh token back.
function isOlder(kept: KeptConnection, open: OpenPortal): boolean {
  if (kept.connection.createdAt.getTime() !== open.kept.connection.createdAt.getTime()) return false;
  return kept.authVersion < open.adapter.authVersion() || kept.connection.version < open.kept.connection.version;
}

/** Whether an adapter that was made of the one row serves the other too. */
function isSameAccess(kept: KeptConnection, open: OpenPortal): boolean {
  const [now, before] = [kept.connection, open.kept.connection];
  return (
    kept.authVersion === open.adapter.authVersion() &&
    now.createdAt.getTime() === before.createdAt.getTime() &&
    now.platform === before.platform &&
    now.baseUrl === before.baseUrl &&
    now.portal === before.portal &&
    isDeepStrictEqual(now.settings, before.settings)
  );
}
