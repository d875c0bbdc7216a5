import type { IncomingMessage, RequestListener } from 'node:http';
import { uuidv7 } from '../lib/uuid.js';
import { idempotencyKeyIn } from './idempotency-key.js';
import { sentAway } from './load.js';
import { problemOf, type Problem } from './problem.js';
import { problemType } from './problem-answer.js';
import type { PublicUrl } from './public-url.js';
import { pathIn } from './request.js';
import { closedHeaders } from './security-headers.js';
import { requestIdOf, traceOf } from './trace.js';

/** What sending away needs to know. */
export interface SendAwayParts {
  readonly url: PublicUrl;
  /** Told the method of each one. */
  readonly told: (method: string) => void;
}

/**
 * Answers a request before the framework sees it, while the replica works on as much as it can: to send away must be cheap,
 * or those who come again keep it from everything else. What is left of the body is read and dropped, so that the answer
 * arrives and the connection can go on.
 */
export function sendingAway({ url, told }: SendAwayParts): RequestListener {
  let known: { readonly base: string; readonly problem: Problem } | null = null;
  const problem = (): Problem => {
    if (known?.base !== url.base) {
      const nowhere = { link: (path: string) => url.of(path), instance: '', traceId: '' };
      known = { base: url.base, problem: problemOf(sentAway(), nowhere) };
    }
    return known.problem;
  };
  return (request, response) => {
    const instance = pathIn(request.url ?? '/');
    const { traceparent } = request.headers;
    const trace = traceOf(typeof traceparent === 'string' ? traceparent : undefined);
    const { status } = problem();
    const body = Buffer.from(JSON.stringify({ ...problem(), instance, traceId: trace.traceId }));
    response.writeHead(status, {
      ...closedHeaders,
      'content-type': problemType,
      'content-length': body.length,
      'cache-control': 'no-store',
      'retry-after': '1',
      'x-request-id': requestIdOf(request),
      traceparent: trace.traceparent,
      ...keyNamed(request, instance),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    told(request.method ?? '');
  };
}

/** Every answer to a start names its key, and so does that to any command that came with one. */
function keyNamed({ method, headers }: IncomingMessage, path: string): Record<string, string> {
  if (method !== 'POST') return {};
  const given = headers['idempotency-key'];
  const key = given === undefined ? (path === '/v1/processes' ? uuidv7() : null) : idempotencyKeyIn(given);
  return key === null ? {} : { 'idempotency-key': key };
}
