import type { FastifyRequest } from 'fastify';
import { Unreadable } from './door.errors.js';

/** @throws Unreadable  the body is compressed, or no UTF-8 by its own words */
export function refuseEncodings({ headers }: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) throw new Unreadable('unsupported-media-type', 'Send the body in UTF-8.');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new Unreadable('unsupported-media-type', 'Send the body uncompressed.');
  }
}
