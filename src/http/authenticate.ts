import type { FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import { has } from '../security/caller.js';
import type { Access } from './access.js';
import { Forbidden, Unauthenticated } from './door.errors.js';

/** Who is behind a key, and what limits it before it does anything. */
export interface Admission {
  readonly caller: Caller;
  /** `null`: no quota. */
  readonly requestsPerMinute: number | null;
  mayCallFrom(address: string): boolean;
}
/** `key` is `null` where the request carries none; the answer is `null` where nobody is behind it. */
export type Admit = (key: string | null) => Promise<Admission | null>;

/**
 * Who is calling.
 *
 * @throws Unauthenticated  no key, or none that is valid
 * @throws Forbidden        not from this address, or without the scope
 */
export async function admissionOf(
  request: FastifyRequest,
  access: Access | undefined,
  admit: Admit,
): Promise<Admission> {
  const key = bearerIn(request.headers.authorization);
  const admission = await admit(key);
  if (!admission) throw new Unauthenticated(request.headers.authorization !== undefined);
  const { caller } = admission;
  if (!admission.mayCallFrom(request.ip)) {
    throw new Forbidden('address-not-allowed', `This client may not call from ${request.ip}.`);
  }
  const scopes = access === undefined || typeof access === 'string' ? (['admin'] as const) : access;
  if (scopes.some((scope) => has(caller, scope))) return admission;
  throw new Forbidden('insufficient-scope', `This needs the scope ${scopes.join(' or ')}.`);
}

function bearerIn(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]{1,4096}) *$/i.exec(header ?? '')?.[1] ?? null;
}
