import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';
import type { Exchange } from '../lib/exchange.js';
import type { Log } from '../lib/log.js';
import { IssuerKeysUnreadable } from './security.errors.js';

/** RFC 7517, section 5. What a key is, jose reads; a set without keys is a fault of the issuer. */
const KeySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

type Find = ReturnType<typeof createLocalJWKSet>;

interface KnownKeys {
  readonly find: Find;
  readonly readAtMs: number;
}

const minuteMs = 60_000;
/** After this a key that the issuer took back is noticed. */
const freshMs = 10 * minuteMs;
/** For so long known keys go on working while the issuer cannot be asked. */
const longestMs = 24 * 60 * minuteMs;
/** How soon an issuer is asked again of whom nothing is known yet. */
const firstRetryMs = 5000;
const timeLimitMs = 5000;
const maxBytes = 1024 * 1024;

/**
 * The public keys of the issuer of access tokens, read when they are needed: first with the first token, then every ten
 * minutes behind the requests, and at once for a key that is not known, but at most once a minute.
 */
export class IssuerKeys {
  #known: KnownKeys | null = null;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #failed = false;
  #reading: Promise<void> | null = null;

  /** @param now  milliseconds of a clock that only goes forward */
  constructor(
    private readonly url: string,
    private readonly exchange: Exchange,
    private readonly tools: { readonly log: Log; readonly now: () => number },
  ) {}

  /**
   * The key that a token names by its header's `kid` and `alg`; what else a header says of keys (`jwk`, `jku`, `x5u`) is
   * not looked at.
   *
   * @throws IssuerKeysUnreadable      it is not known, and the issuer cannot be asked now
   * @throws errors.JWKSNoMatchingKey  the issuer has none such
   */
  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const known = this.#usable();
    if (known) {
      if (this.tools.now() - known.readAtMs > freshMs) void this.#read();
      const key = await keyIn(known, header, token);
      if (key) return key;
    }
    await this.#read();
    const now = this.#usable();
    const key = now && (await keyIn(now, header, token));
    if (key) return key;
    if (!now || this.#failed) throw new IssuerKeysUnreadable(Math.max(1, this.#waitMs() / 1000));
    throw new errors.JWKSNoMatchingKey();
  }

  #usable(): KnownKeys | null {
    return this.#known && this.tools.now() - this.#known.readAtMs < longestMs ? this.#known : null;
  }

  /** How long the issuer is not asked again. */
  #waitMs(): number {
    return this.#triedAtMs + (this.#usable() ? minuteMs : firstRetryMs) - this.tools.now();
  }

  /** Reads the keys, once for all who wait; not at all where that was tried just now. Never throws. */
  #read(): Promise<void> {
    if (this.#reading) return this.#reading;
    if (this.#waitMs() > 0) return Promise.resolve();
    this.#triedAtMs = this.tools.now();
    this.#reading = this.#readNow().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readNow(): Promise<void> {
    try {
      const request = { method: 'GET', url: this.url, headers: { accept: 'application/json' }, body: null } as const;
      const { status, body } = await this.exchange(request, { signal: AbortSignal.timeout(timeLimitMs) });
      if (status !== 200 || body.length > maxBytes)
        throw new Error(`The answer is ${status} with ${body.length} bytes`);
      const find = createLocalJWKSet(KeySet.parse(JSON.parse(body)));
      this.#known = { find, readAtMs: this.tools.now() };
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.tools.log.warn('jwks.unreadable', { url: this.url, error });
    }
  }
}

async function keyIn({ find }: KnownKeys, header: JWSHeaderParameters, token: FlattenedJWSInput) {
  try {
    return await find(header, token);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return null;
    throw error;
  }
}
