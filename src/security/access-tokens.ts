import { errors, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { Clock } from '../lib/clock.js';
import type { IssuerKeys } from './issuer-keys.js';
import type { KnownCaller } from './known-callers.js';
import { IssuerKeysUnreadable, TokenRefused } from './security.errors.js';
import { tokenCaller } from './token-caller.js';

/** Whose access tokens are taken, and who they must be meant for. */
export interface TokenTerms {
  readonly issuer: string;
  readonly audience: string;
}

/** Never `none`, and nothing symmetric: with those whoever reads the public key could sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How far the clock of the issuer may be off. */
const skewSeconds = 30;
/** Access tokens say nothing of their type, that they are JWT, or RFC 9068; anything else was made for something else. */
const types = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);

/** Access tokens of OAuth 2.0 in the form of JWT (RFC 9068), as its issuer signs them. */
export class AccessTokens {
  constructor(
    private readonly terms: TokenTerms,
    private readonly keys: IssuerKeys,
    private readonly clock: Clock,
  ) {}

  /** Whether a text after `Bearer` has the form of a signed JWT; an API key never has. */
  static haveForm(bearer: string): boolean {
    return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(bearer);
  }

  /** @throws TokenRefused, IssuerKeysUnreadable */
  async behind(token: string): Promise<KnownCaller> {
    const options: JWTVerifyOptions = {
      ...this.terms,
      algorithms,
      clockTolerance: skewSeconds,
      currentDate: this.clock.now(),
      requiredClaims: ['exp'],
    };
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        (header, input) => this.keys.keyFor(header, input),
        options,
      );
      const caller = types.has(protectedHeader.typ?.toLowerCase()) ? tokenCaller(this.terms.issuer, payload) : null;
      if (caller) return caller;
    } catch (error) {
      if (error instanceof IssuerKeysUnreadable) throw error;
      throw new TokenRefused(remedyOf(error), { cause: error });
    }
    throw new TokenRefused('Its type, or a claim that names the client, its scopes or its connections, is not usable.');
  }
}

/** What its sender can do about it, without a word of what stands in it. */
function remedyOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'It has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `Its claim "${error.claim}" is missing or does not fit.`;
  return 'It is not signed by a key of the issuer that this gateway trusts.';
}
