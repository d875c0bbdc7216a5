import { randomUUID } from 'node:crypto';
import { pooledRandom } from '../lib/pooled-random.js';

/** W3C Trace Context of one request. */
export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Ours to send back and on. */
  readonly traceparent: string;
}

// Version 00 has exactly these four fields; a later version may have more after them.
const form =
  /^(?<version>[\da-f]{2})-(?<traceId>[\da-f]{32})-(?<parentId>[\da-f]{16})-(?<flags>[\da-f]{2})(?<more>-.*)?$/;

/** Continues the caller's trace, or begins one where the header is missing or not exactly as the standard says. */
export function traceOf(traceparent: string | undefined, random: (bytes: number) => Buffer = pooledRandom): Trace {
  const given = traceparent === undefined ? null : parsed(traceparent);
  const traceId = given?.traceId ?? random(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${random(8).toString('hex')}-${given?.flags ?? '00'}` };
}

function parsed(traceparent: string): { traceId: string; flags: string } | null {
  const { version, traceId, parentId, flags, more } = form.exec(traceparent)?.groups ?? {};
  if (traceId === undefined || flags === undefined) return null;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId ?? '')) return null;
  return { traceId, flags: Number.parseInt(flags, 16) & 1 ? '01' : '00' };
}

/** The caller's own id where it is harmless in a header and a log, else a new one. */
export function requestIdOf(raw: { headers: Record<string, string | string[] | undefined> }): string {
  const given = raw.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}
