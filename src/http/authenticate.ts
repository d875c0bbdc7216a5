import type { FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import { has } from '../security/caller.js';
import type { Access } from './access.js';
import { Forbidden, Unauthenticated } from './door.errors.js';

/** Who is behind a key, and whether it may be used from an address; `null`: nobody. */
export interface Admission {
  readonly caller: Caller;
  mayCallFrom(address: string): boolean;
}
/** `key` is `null` where the request carries none. */
export type Admit = (key: string | null) => Promise<Admission | null>;

/**
 * Who is calling.
 *
 * @throws Unauthenticated  no key, or none that is valid
 * @throws Forbidden        not from this address, or without the scope
 */
export async function callerOf(request: FastifyRequest, access: Access | undefined, admit: Admit): Promise<Caller> {
  const key = bearerIn(request.headers.authorization);
  const admission = await admit(key);
  if (!admission) throw new Unauthenticated(request.headers.authorization !== undefined);
  const { caller } = admission;
  if (!admission.mayCallFrom(request.ip)) {
    throw new Forbidden('address-not-allowed', `This client may not call from ${request.ip}.`);
  }
  const scopes = access === undefined || access === 'public' ? (['admin'] as const) : access;
  if (scopes.some((scope) => has(caller, scope))) return caller;
  throw new Forbidden('insufficient-scope', `This needs the scope ${scopes.join(' or ')}.`);
}

function bearerIn(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]{1,4096}) *$/i.exec(header ?? '')?.[1] ?? null;
}
