import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MalformedRequest, Unreadable } from './door.errors.js';
import { refuseEncodings } from './body-encoding.js';
import { unread } from './bulk-body.js';
import { readBody } from './read-body.js';
import { scanJson } from './json-scan.js';

const limits = { depth: 32, keys: 1000 };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Makes JSON the only type of body that is read, and reads it strictly.
 *
 * @param maxBytesOf  how large the body of this request may be; asked after the caller is known
 */
export function readJsonBodies(server: FastifyInstance, maxBytesOf: (request: FastifyRequest) => number): void {
  server.removeAllContentTypeParsers();
  for (const type of ['application/json', 'application/merge-patch+json']) {
    server.addContentTypeParser(type, async (request: FastifyRequest, payload: Readable) => {
      if (request.routeOptions.config.streams === true) return unread(request, payload);
      refuseEncodings(request);
      const bytes = await readBody(payload, Number(request.headers['content-length'] ?? 0), maxBytesOf(request));
      request.bodyBytes = bytes.length;
      // No body at all; whether one is needed is said by what is to be done with it.
      return bytes.length === 0 ? undefined : parseJson(bytes);
    });
  }
}

/**
 * What a body says.
 *
 * @throws MalformedRequest  it is no JSON text, or says something that would be lost or twisted on the way
 * @throws Unreadable        deeper than 32, or more than 1,000 keys
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = textOf(bytes);
  const scan = scanJson(text, limits);
  if ('over' in scan) throw new Unreadable('payload-too-large', scan.over);
  const value = valueOf(text);
  if (scan.faults.length > 0) throw new MalformedRequest('The body holds what JSON cannot carry safely.', scan.faults);
  return value;
}

function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw new MalformedRequest('The body is not UTF-8.', [], { cause: error });
  }
  if (text.startsWith('\uFEFF')) throw new MalformedRequest('The body begins with a byte order mark; leave it out.');
  return text;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedRequest('The body is not JSON.', [], { cause: error });
  }
}
