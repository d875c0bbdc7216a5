import { cidrTest } from '../lib/cidr.js';
import { isSameHash, storedForm } from './api-key.js';
import type { Caller } from './caller.js';
import type { Client } from './client.js';
import type { ClientStore } from './client.store.js';

/** A caller with what limits it before it does anything. */
export interface KnownCaller {
  readonly caller: Caller;
  /** `null`: no quota. */
  readonly requestsPerMinute: number | null;
  mayCallFrom(address: string): boolean;
}

interface Remembered {
  readonly known: KnownCaller;
  readonly expiresAt: Date | null;
  readonly until: number;
}

const rememberedMs = 5000;
const mostRemembered = 10_000;

/**
 * Who is behind an API key. Valid keys are remembered for five seconds, so that a busy client costs no query; a key that
 * is revoked on another replica works there no longer than that.
 */
export class KnownCallers {
  readonly #byHash = new Map<string, Remembered>();

  /** @param now  milliseconds since 1970 */
  constructor(
    private readonly store: ClientStore,
    private readonly now: () => number = Date.now,
  ) {}

  /** `null`: the key is unknown, revoked or expired. */
  async behind(key: string): Promise<KnownCaller | null> {
    const stored = storedForm(key);
    const id = stored.hash.toString('base64');
    const remembered = this.#byHash.get(id) ?? null;
    if (remembered && remembered.until > this.now()) return this.#unlessExpired(remembered);
    const found = await this.store.byKey(stored);
    if (!found || !isSameHash(found.hash, stored.hash)) {
      this.#byHash.delete(id);
      return null;
    }
    const { client } = found;
    const fresh = { known: knownCaller(client), expiresAt: client.expiresAt, until: this.now() + rememberedMs };
    if (this.#byHash.size >= mostRemembered) this.forget();
    this.#byHash.set(id, fresh);
    return this.#unlessExpired(fresh);
  }

  /** Asks the store anew for every key: a client or a key was changed here. */
  forget(): void {
    this.#byHash.clear();
  }

  #unlessExpired({ known, expiresAt }: Remembered): KnownCaller | null {
    return expiresAt !== null && expiresAt.getTime() <= this.now() ? null : known;
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
