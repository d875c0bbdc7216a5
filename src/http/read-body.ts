import type { Readable } from 'node:stream';
import { MalformedRequest, Unreadable } from './door.errors.js';

/**
 * The bytes of a body. Heard by its events: an iterator over the stream costs a small body more than reading it.
 *
 * @param announced  its Content-Length; 0 where there is none
 * @throws Unreadable        it is longer than `maxBytes`; the rest is left unread
 * @throws MalformedRequest  the connection ended before the body did
 */
export function readBody(payload: Readable, announced: number, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const over = (): void => {
      payload.off('data', taken).off('end', ended).off('error', cut).off('close', cut);
      // What comes after a refusal stays on the socket, and the socket open: the refusal still has to go out on it.
      if (!payload.readableEnded) payload.pause();
    };
    const taken = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBytes) return;
      over();
      reject(tooLarge(maxBytes));
    };
    const ended = (): void => {
      over();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length));
    };
    const cut = (cause?: Error): void => {
      over();
      reject(new MalformedRequest('The body ended before its end.', [], { cause }));
    };
    if (announced > maxBytes) reject(tooLarge(maxBytes));
    else if (payload.readableEnded) ended();
    else if (payload.destroyed) cut();
    else payload.on('data', taken).once('end', ended).once('error', cut).once('close', cut);
  });
}

function tooLarge(maxBytes: number): Unreadable {
  return new Unreadable('payload-too-large', `The body is larger than ${maxBytes / 1024} KiB.`);
}
