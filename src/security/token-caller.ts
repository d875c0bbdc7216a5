import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { scopes, type Scope } from './caller.js';
import type { KnownCaller } from './known-callers.js';

/** Before the names of clients that come with a token; no client of ours can be named so. */
const tokenClientPrefix = 'jwt:';

/** Of our own making: the space of ids of clients that come with a token. */
const namespace = '5f1d1c2e-6a0b-4c57-9b0e-6f4a4f3b7d21';

const name = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);

/** The claims that say who calls and what it may do; RFC 9068, and `connections` of our own contract. */
const Claims = z
  .object({
    client_id: name.optional(),
    azp: name.optional(),
    sub: name.optional(),
    scope: z.string().optional(),
    connections: z.array(z.string().min(1).max(255)).max(1000).optional(),
    /** The token works only together with a proof that we do not ask for (RFC 7800), so it is no bearer token. */
    cnf: z.undefined().optional(),
  })
  .transform((claims) => ({ ...claims, client: claims.client_id ?? claims.azp ?? claims.sub }));

/**
 * Who calls with these claims; `null`: they do not say it, or say it in a form that cannot be trusted to mean what it seems
 * to. A claim that is wrong is never taken for one that is missing: that would give more than it says.
 *
 * Its id is made of issuer and client, so it is the same on all replicas and for all its tokens, and never that of an API
 * client.
 */
export function tokenCaller(issuer: string, payload: unknown): KnownCaller | null {
  const claims = Claims.safeParse(payload);
  if (!claims.success || claims.data.client === undefined) return null;
  const { client, scope = '', connections = null } = claims.data;
  const granted = scope.split(' ');
  return {
    caller: {
      clientId: uuidv5(JSON.stringify([issuer, client]), namespace),
      name: `${tokenClientPrefix}${client}`,
      scopes: new Set(scopes.filter((one): one is Scope => granted.includes(one))),
      connections,
      definitions: null,
      sees: 'connection',
      requireIdempotencyKey: false,
    },
    requestsPerMinute: null,
    mayCallFrom: () => true,
  };
}
