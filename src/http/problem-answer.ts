import type { FastifyReply, FastifyRequest } from 'fastify';
import { KnownError } from '../lib/known-error.js';
import { Explained, problemOf } from './problem.js';
import { InsufficientScope, MethodNotAllowed, Unauthenticated } from './door.errors.js';
import type { PublicUrl } from './public-url.js';
import { pathOf } from './request.js';
import { closedHeaders } from './security-headers.js';

export const problemType = 'application/problem+json';

/** Answers a request with the problem that an error becomes. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, url: PublicUrl): void {
  const instance = pathOf(request);
  const problem = problemOf(error, { link: (path) => url.of(path), instance, traceId: request.traceId });
  const headers = headersOf(error instanceof Explained ? error.cause : error);
  // Bytes and not an object: what is answered to an error must not depend on any serializer, and the type takes no charset.
  void reply
    .code(problem.status)
    .headers({ ...closedHeaders, ...headers, 'content-type': problemType })
    .send(Buffer.from(JSON.stringify(problem)));
}

function headersOf(error: unknown): Record<string, string> {
  return {
    'cache-control': 'no-store',
    ...(error instanceof KnownError && error.retryAfterSeconds !== null
      ? { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }
      : {}),
    ...(error instanceof MethodNotAllowed ? { allow: error.allowed.join(', ') } : {}),
    ...challengeOf(error),
  };
}

/** RFC 6750, section 3. */
function challengeOf(error: unknown): Record<string, string> {
  const challenge = 'Bearer realm="bpm-gateway"';
  if (error instanceof InsufficientScope) {
    return { 'www-authenticate': `${challenge}, error="insufficient_scope", scope="${error.scopes[0] ?? ''}"` };
  }
  if (!(error instanceof KnownError) || error.code !== 'unauthenticated') return {};
  const hadNone = error instanceof Unauthenticated && !error.hadKey;
  return { 'www-authenticate': hadNone ? challenge : `${challenge}, error="invalid_token"` };
}
