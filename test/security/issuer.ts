import { KeyObject, sign } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { SignJWT, exportJWK, generateKeyPair, type JWTPayload } from 'jose';
import { listeningPort } from '../../src/lib/listening-port.js';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** What is said of a token beside its claims. */
export interface TokenHeader {
  readonly kid?: string;
  readonly typ?: string;
  readonly [name: string]: unknown;
}

export const issuerName = 'https://login.example.com/';
export const audience = 'bpm-gateway';

/** RSA keys take their time to be made, so each test file makes them once. */
const firstKeys = { trusted: once(rsaKey), foreign: once(rsaKey) };

function rsaKey(): Promise<KeyPair> {
  return generateKeyPair('RS256', { extractable: true });
}

function once(make: () => Promise<KeyPair>): () => Promise<KeyPair> {
  let made: Promise<KeyPair> | null = null;
  return () => (made ??= make());
}

/** An issuer of access tokens with keys of its own; its key set is served over HTTP. */
export class Issuer {
  /** How often its keys were read. */
  reads = 0;
  /** It answers nothing but 503. */
  isDown = false;
  /** Answered instead of its keys. */
  instead: string | null = null;
  readonly #keys = new Map<string, KeyPair>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((_, answer) => void this.#answer(answer));
  }

  /** It has one key, named `first`; that of a foreign issuer is another. */
  static async open(whose: keyof typeof firstKeys = 'trusted'): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.#keys.set('first', await firstKeys[whose]());
    await new Promise<void>((listening) => issuer.#server.listen(0, '127.0.0.1', listening));
    return issuer;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${listeningPort(this.#server)}/jwks.json`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async addKey(kid: string, alg = 'ES256'): Promise<void> {
    this.#keys.set(kid, await generateKeyPair(alg, { extractable: true }));
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid);
  }

  /** A key as the set shows it. */
  async jwk(kid: string): Promise<object> {
    const alg = this.#algOf(kid);
    return { ...(await exportJWK(this.pair(kid).publicKey)), kid, alg, use: 'sig' };
  }

  pair(kid: string): KeyPair {
    const pair = this.#keys.get(kid);
    if (!pair) throw new Error(`The issuer has no key ${kid}`);
    return pair;
  }

  /** A token with these claims and this header, signed by the key that it names, `first` by default. */
  async token(claims: JWTPayload, { kid = 'first', ...header }: TokenHeader = {}, by = kid): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: this.#algOf(by), kid, ...header })
      .sign(this.pair(by).privateKey);
  }

  #algOf(kid: string): string {
    const { name } = this.pair(kid).privateKey.algorithm;
    if (name === 'Ed25519') return 'EdDSA';
    return name === 'ECDSA' ? 'ES256' : 'RS256';
  }

  async #answer(answer: ServerResponse): Promise<void> {
    this.reads += 1;
    const keys = await Promise.all([...this.#keys.keys()].map((kid) => this.jwk(kid)));
    answer.writeHead(this.isDown ? 503 : 200, { 'content-type': 'application/jwk-set+json' });
    answer.end(this.instead ?? JSON.stringify({ keys }));
  }
}

/** Claims of a good token of the client `erp`, valid for ten minutes from `now`. */
export function goodClaims(now: Date = new Date()): JWTPayload {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    iss: issuerName,
    aud: audience,
    sub: 'somebody',
    client_id: 'erp',
    scope: 'processes:read processes:start',
    iat: seconds,
    exp: seconds + 600,
  };
}

/** Signs as the key of this name does, whatever the header says. */
export function signer(issuer: Issuer, kid = 'first'): (input: string) => string {
  const key = KeyObject.from(issuer.pair(kid).privateKey);
  return (input) => sign('sha256', Buffer.from(input), key).toString('base64url');
}

/** A token of any header and claims whatever; its signature is what `signed` makes of the rest. */
export function rawToken(header: object, claims: object, signed: (input: string) => string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signed(input)}`;
}
