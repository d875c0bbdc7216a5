import type { FastifyRequest } from 'fastify';
import type { Caller, Scope } from '../security/caller.js';
import { has } from '../security/caller.js';
import type { Access } from './access.js';
import { Forbidden, InsufficientScope, Unauthenticated } from './door.errors.js';

/** Who is behind a key or a token, and what limits it before it does anything. */
export interface Admission {
  readonly caller: Caller;
  /** `null`: no quota. */
  readonly requestsPerMinute: number | null;
  mayCallFrom(address: string): boolean;
}
/**
 * Who is behind what a request carries as `Authorization: Bearer`: `null` where it carries nothing. The answer is `null`
 * where nobody is behind it.
 *
 * @throws TokenRefused, IssuerKeysUnreadable
 */
export type Admit = (bearer: string | null) => Promise<Admission | null>;

/**
 * Who is calling.
 *
 * @throws Unauthenticated  no key, or none that is valid
 * @throws Forbidden        not from this address
 */
export async function admissionOf(request: FastifyRequest, admit: Admit): Promise<Admission> {
  const admission = await admit(bearerIn(request.headers.authorization));
  if (!admission) throw new Unauthenticated(request.headers.authorization !== undefined);
  if (!admission.mayCallFrom(request.ip)) {
    throw new Forbidden('address-not-allowed', `This client may not call from ${request.ip}.`);
  }
  return admission;
}

/** @throws InsufficientScope  the caller has none of the scopes that open the route */
export function requireScope(caller: Caller, access: Access | undefined): void {
  const scopes: readonly Scope[] = access === undefined || typeof access === 'string' ? ['admin'] : access;
  if (!scopes.some((scope) => has(caller, scope))) throw new InsufficientScope(scopes);
}

function bearerIn(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]{1,8192}) *$/i.exec(header ?? '')?.[1] ?? null;
}
