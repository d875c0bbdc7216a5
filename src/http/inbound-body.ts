import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MalformedRequest, Unreadable } from './door.errors.js';
import { readBody } from './read-body.js';

/** How large the body of an inbound route may be; contract §3. */
export const maxInboundBytes = 64 * 1024;

const maxFields = 1000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A form as it came: values by name, names with their brackets, e.g. `auth[member_id]`. */
export class FormBody {
  constructor(readonly fields: ReadonlyMap<string, readonly string[]>) {}
}

/**
 * Has inbound routes read forms beside JSON, since that is what portals send; on every other route they stay what no route
 * reads. A text is read and dropped: it may come along with a report whose content stands in the address.
 */
export function readInboundBodies(server: FastifyInstance): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    async (request: FastifyRequest, payload: Readable) => {
      const bytes = await read(request, payload);
      return bytes === null ? undefined : formIn(bytes);
    },
  );
  server.addContentTypeParser('text/plain', async (request: FastifyRequest, payload: Readable) => {
    await read(request, payload);
    return undefined;
  });
}

/** @returns `null`: the route is none, and answers that itself. @throws Unreadable, MalformedRequest */
async function read(request: FastifyRequest, payload: Readable): Promise<Buffer | null> {
  if (request.is404) return null;
  if (request.routeOptions.config.inbound !== true) {
    throw new Unreadable('unsupported-media-type', 'This route does not read bodies of this type; send JSON.');
  }
  const bytes = await readBody(payload, Number(request.headers['content-length'] ?? 0), maxInboundBytes);
  request.bodyBytes = bytes.length;
  return bytes;
}

/** @throws MalformedRequest, Unreadable */
function formIn(bytes: Uint8Array): FormBody {
  const fields = new Map<string, readonly string[]>();
  const pairs = textOf(bytes)
    .split('&')
    .filter((pair) => pair !== '');
  if (pairs.length > maxFields) throw new Unreadable('payload-too-large', `A form may have ${maxFields} fields.`);
  for (const pair of pairs) {
    const end = pair.indexOf('=');
    const name = decoded(end === -1 ? pair : pair.slice(0, end));
    const value = end === -1 ? '' : decoded(pair.slice(end + 1));
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return new FormBody(fields);
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new MalformedRequest('The form is not UTF-8.', [], { cause: error });
  }
}

function decoded(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    throw new MalformedRequest('The form is not UTF-8 in percent-encoding.', [], { cause: error });
  }
  if (plain.includes('\0')) throw new MalformedRequest('The form holds U+0000.');
  return plain;
}
