import { hostOf } from '../../lib/origin.js';
import type { JsonObject } from '../../lib/json.js';
import type { Consent } from '../platform-kind.js';
import { Busy, Refused } from '../platform.errors.js';
import { openedWith, type OAuthAuth } from './connection.js';
import { asJson } from './json-of.js';
import { askTokens, defaultTokenUrl, pairOf, type Grant } from './token-endpoint.js';

/** The vendor's authorization servers, of which a portal has one by its region. Source: b24phpsdk, default and resolver. */
const vendorServers: readonly string[] = ['oauth.bitrix.info', 'oauth.bitrix24.tech'];

/** The consent of a person to an application. Source: b24restdocs settings/oauth/index.md */
export const consent: Consent = {
  urlFor: ({ baseUrl, auth, settings }, state) => {
    const { auth: own } = openedWith(auth, settings);
    if (own.type !== 'oauth') return null;
    const url = new URL('/oauth/authorize/', baseUrl);
    url.searchParams.set('client_id', own.clientId);
    url.searchParams.set('state', state);
    return url.href;
  },
  redeem: async ({ connection, parameters }, exchange, call) => {
    const { auth } = openedWith(connection.auth, connection.settings);
    if (auth.type !== 'oauth') throw new Refused('capability', 'These credentials are not had by consent.');
    const code = parameters.get('code');
    if (code === undefined) throw new Refused('rejected', 'The portal gave no code.');
    const tokenUrl = tokenUrlFor(auth, parameters.get('server_domain'));
    const grant = await askTokens(
      { auth, tokenUrl, exchange, grant: { grant_type: 'authorization_code', code } },
      call,
    ).catch((error: unknown) => {
      throw error instanceof Busy && error.because === 'credentials' ? withCause(error) : error;
    });
    assertOfPortal(grant, connection.baseUrl, auth);
    return authFrom(grant, auth, tokenUrl);
  },
};

/**
 * Which server is asked. The browser's word counts only where it names one of the vendor's: the application's secret goes
 * there, and whoever opens the callback may write what they like into it.
 */
function tokenUrlFor({ tokenUrl }: OAuthAuth, serverDomain: string | undefined): string {
  const isVendors = tokenUrl === undefined || vendorServers.includes(hostOf(tokenUrl));
  if (isVendors && serverDomain !== undefined && vendorServers.includes(serverDomain)) {
    return `https://${serverDomain}/oauth/token/`;
  }
  return tokenUrl ?? defaultTokenUrl;
}

function withCause(error: Busy): Busy {
  const message =
    error.native?.code === 'invalid_grant'
      ? 'The authorization server does not take the code: it was used before, or is older than 30 seconds.'
      : "The authorization server does not take the application's id and secret; put the right ones in.";
  return new Busy('credentials', message, error.native, null, { cause: error });
}

/** @throws Refused  the pair is another portal's */
function assertOfPortal(grant: Grant, baseUrl: string, { memberId }: OAuthAuth): void {
  // The lasting key of a portal. Its address may be another by now, which the first call finds out.
  if (memberId !== undefined && grant.member_id === memberId) return;
  if (memberId !== undefined) {
    throw new Refused(
      'rejected',
      'The consent was given at another portal: its member_id is not that of the connection.',
    );
  }
  if (hostOf(grant.client_endpoint ?? '') !== hostOf(baseUrl)) {
    throw new Refused(
      'rejected',
      'The consent was given at another portal: its address is not that of the connection.',
    );
  }
}

function authFrom(grant: Grant, auth: OAuthAuth, askedAt: string): JsonObject {
  const told = tokenUrlIn(grant.server_endpoint, askedAt);
  // An address that a person has set, of a proxy perhaps, stays.
  const isSet = auth.tokenUrl !== undefined && !vendorServers.includes(hostOf(auth.tokenUrl));
  const tokenUrl = isSet ? auth.tokenUrl : (told ?? askedAt);
  return asJson({ ...auth, ...pairOf(grant), memberId: grant.member_id ?? auth.memberId, tokenUrl });
}

/** The token endpoint of the server that the answer names; `undefined`: it names none, or one without TLS. */
function tokenUrlIn(serverEndpoint: string | undefined, askedAt: string): string | undefined {
  if (serverEndpoint === undefined || !URL.canParse(serverEndpoint)) return undefined;
  const { protocol, origin } = new URL(serverEndpoint);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && new URL(askedAt).protocol === 'http:');
  return isSafe ? `${origin}/oauth/token/` : undefined;
}
