import { cidrTest } from '../lib/cidr.js';
import { isSameHash, storedForm, type StoredKey } from './api-key.js';
import type { Caller } from './caller.js';
import type { Client } from './client.js';
import type { ClientStore, FoundKey } from './client.store.js';

/** A caller with what limits it before it does anything. */
export interface KnownCaller {
  readonly caller: Caller;
  /** `null`: no quota. */
  readonly requestsPerMinute: number | null;
  mayCallFrom(address: string): boolean;
}

interface Remembered {
  readonly known: KnownCaller;
  readonly until: number;
}

const rememberedMs = 5000;
const mostRemembered = 10_000;

/**
 * Who is behind an API key. Valid keys are remembered for five seconds, so that a busy client costs no query; a key that
 * is revoked on another replica works there no longer than that.
 */
export class KnownCallers {
  #byHash = new Map<string, Remembered>();

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly store: Pick<ClientStore, 'keysWith' | 'noteUse'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `null`: the key is unknown, revoked or expired. */
  async behind(key: string): Promise<KnownCaller | null> {
    const stored = storedForm(key);
    const id = stored.hash.toString('base64');
    const remembered = this.#byHash.get(id);
    if (remembered && remembered.until > this.now()) return remembered.known;
    // Whoever changes a client meanwhile begins a new map: what was read before the change is remembered in the old one.
    const byHash = this.#byHash;
    const asked = this.now();
    const found = await this.#found(stored);
    byHash.delete(id);
    if (!found || (found.leftMs !== null && found.leftMs <= 0)) return null;
    const known = knownCaller(found.client);
    if (byHash.size >= mostRemembered) byHash.clear();
    byHash.set(id, { known, until: asked + Math.min(rememberedMs, found.leftMs ?? rememberedMs) });
    return known;
  }

  /** Asks the store anew for every key: a client or a key was changed here. */
  forget(): void {
    this.#byHash = new Map();
  }

  async #found({ prefix, hash }: StoredKey): Promise<FoundKey | null> {
    const keys = await this.store.keysWith(prefix);
    const found = keys.find((key) => isSameHash(key.hash, hash)) ?? null;
    // Once a minute at most: a row that is written with every request would be the busiest of all.
    if (found?.isNoteDue) await this.store.noteUse(found.id);
    return found;
  }
}

/** What of a client its requests carry. */
export function knownCaller(client: Client): KnownCaller {
  const isAllowed = client.addresses === null ? null : cidrTest(client.addresses);
  return {
    caller: {
      clientId: client.id,
      name: client.name,
      scopes: new Set(client.scopes),
      connections: client.connections,
      definitions: client.definitions,
      sees: client.sees,
      requireIdempotencyKey: client.requireIdempotencyKey,
    },
    requestsPerMinute: client.requestsPerMinute,
    mayCallFrom: (address) => isAllowed?.(address) ?? true,
  };
}
