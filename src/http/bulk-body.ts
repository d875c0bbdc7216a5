import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Unreadable } from './door.errors.js';
import { unreadType } from './foreign-errors.js';
import { refuseEncodings } from './body-encoding.js';

/** How much all items together may be. */
export const maxBulkBytes = 64 * 1024 * 1024;

const lines = 'application/x-ndjson';

/** Reads lines of JSON where a route takes them, and leaves that to the route: its items are started while they come in. */
export function readBulkBodies(server: FastifyInstance): void {
  server.addContentTypeParser(lines, async (request: FastifyRequest, payload: Readable) => {
    const { streams, takes } = request.routeOptions.config;
    if (streams !== true) throw unreadType(takes ?? 'application/json');
    return unread(request, payload);
  });
}

/** A body that the route itself reads. @throws Unreadable  it is announced to be too large, or is not plain UTF-8 */
export function unread(request: FastifyRequest, payload: Readable): Readable {
  refuseEncodings(request);
  if (Number(request.headers['content-length'] ?? 0) > maxBulkBytes) throw bulkTooLarge();
  return payload;
}

export function bulkTooLarge(): Unreadable {
  return new Unreadable('payload-too-large', `All starts together may have ${maxBulkBytes / 1024 / 1024} MiB.`);
}

/** How the items of a body follow each other. */
export function formOf(request: FastifyRequest): 'lines' | 'array' {
  return (request.headers['content-type'] ?? '').toLowerCase().startsWith(lines) ? 'lines' : 'array';
}
