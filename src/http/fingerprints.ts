import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What makes two requests the same. */
export class Fingerprints {
  readonly #key: KeyObject;

  /** @param key  without it nobody who has the database can try which body a fingerprint is of */
  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  /**
   * HMAC-SHA-256 of method, route and the body in its canonical form (RFC 8785).
   *
   * @param route  with its ids, e.g. `/v1/processes/0199…/terminate`; without the query
   */
  of(method: string, route: string, body: unknown): Buffer {
    return createHmac('sha256', this.#key)
      .update(`${method}\n${route}\n${canonicalize(body) ?? ''}`)
      .digest();
  }
}
