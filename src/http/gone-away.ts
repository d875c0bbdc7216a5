import type { FastifyReply } from 'fastify';

/** Aborted as soon as nobody is there any more to take the answer. */
export function goneAway(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  return gone.signal;
}
