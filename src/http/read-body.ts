import type { Readable } from 'node:stream';
import { MalformedRequest, Unreadable } from './door.errors.js';

/**
 * The bytes of a body.
 *
 * @param announced  its Content-Length; 0 where there is none
 * @throws Unreadable        it is longer than `maxBytes`; the rest is left unread
 * @throws MalformedRequest  the connection ended before the body did
 */
export async function readBody(payload: Readable, announced: number, maxBytes: number): Promise<Buffer> {
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Ending the loop early must leave the socket open: the refusal still has to go out on it.
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new MalformedRequest('The body ended before its end.', [], { cause: error });
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): Unreadable {
  return new Unreadable('payload-too-large', `The body is larger than ${maxBytes / 1024} KiB.`);
}
