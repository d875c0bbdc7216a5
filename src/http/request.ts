import type { FastifyRequest } from 'fastify';
import type { Caller } from '../security/caller.js';
import type { Work } from './load.js';
import type { Trace } from './trace.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace of this request; set before anything else happens to it. */
    trace: Trace;
    /** 32 hex digits; the same as in problems and logs. */
    traceId: string;
    /** `null` on routes that need no key. */
    caller: Caller | null;
    /** The key of a keyed command, its caller's or made here; empty on other routes. */
    idempotencyKey: string;
    /** Its share in the load; `null` before its body has come, and where it costs nothing. */
    work: Work | null;
    /** Bytes of the body that was read; 0 without one. */
    bodyBytes: number;
  }
}

/** The path of a request without its query, e.g. `/v1/processes`; what cannot stand in a URL is percent-encoded. */
export function pathOf(request: FastifyRequest): string {
  return pathIn(request.raw.url ?? '/');
}

/** The same of the target that a request names. */
export function pathIn(target: string): string {
  const url = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  return path.replaceAll(/%(?![\da-f]{2})|[^\w.~!$&'()*+,;=:@/%-]/gi, (sign) => encodeURIComponent(sign));
}
