import { z } from 'zod';
import type { Exchange } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import type { Call } from '../platform.js';
import { TokenPair } from './bitrix24.wire.js';
import { secretsOf, type OAuthAuth } from './connection.js';
import { unlessRefused, unreadable } from './verdict.js';

/** Where tokens are had, unless the connection says otherwise. Source: b24restdocs settings/oauth/auto-renewal.md */
export const defaultTokenUrl = 'https://oauth.bitrix.info/oauth/token/';

/** Both grants answer so; what a grant may leave out is optional. Source: b24restdocs settings/oauth/auto-renewal.md */
const Grant = TokenPair.extend({
  /** Of the portal, e.g. `https://portal.bitrix24.com/rest/`. */
  client_endpoint: z.string().optional().catch(undefined),
  /** Of the authorization server, e.g. `https://oauth.bitrix.info/rest/`. */
  server_endpoint: z.string().optional().catch(undefined),
});
export type Grant = z.infer<typeof Grant>;

/** What a request for tokens is made with. */
export interface TokenAsk {
  readonly auth: OAuthAuth;
  readonly tokenUrl: string;
  readonly exchange: Exchange;
  /** Beside the application's id and secret. */
  readonly grant: Readonly<Record<string, string>>;
}

/**
 * One request for a pair of tokens. By POST, so that the secret is in no address; GET is the documented form, POST was
 * seen to be taken.
 *
 * @throws Busy('credentials')  the application or what it offers is not taken
 * @throws InDoubt  no verdict; what was offered may be used up
 */
export async function askTokens({ auth, tokenUrl, exchange, grant }: TokenAsk, call: Call): Promise<Grant> {
  const { grant_type = '', ...offered } = grant;
  const { clientId: client_id, clientSecret: client_secret } = auth;
  const form = new URLSearchParams({ grant_type, client_id, client_secret, ...offered });
  const request = {
    method: 'POST',
    url: tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
  } as const;
  const answer = await ask(exchange, request, call);
  const read = Grant.safeParse(unlessRefused(answer, 'token', [...secretsOf(auth), ...Object.values(offered)]));
  if (answer.status !== 200 || !read.success) throw unreadable(answer);
  return read.data;
}

type Pair = Required<Pick<OAuthAuth, 'accessToken' | 'refreshToken'>> & Pick<OAuthAuth, 'expiresAt'>;

/** The pair of an answer. The documented sample of a first grant lacks `expires`. */
export function pairOf(grant: Grant, now: () => number = Date.now): Pair {
  const { access_token: accessToken, refresh_token: refreshToken, expires, expires_in: seconds } = grant;
  const endsAtMs = expires === undefined ? seconds && now() + seconds * 1000 : expires * 1000;
  const expiresAt = endsAtMs === undefined ? undefined : new Date(endsAtMs).toISOString();
  return { accessToken, refreshToken, expiresAt };
}
