import type { FastifyReply, FastifyRequest } from 'fastify';
import { KnownError } from '../lib/known-error.js';
import { escaped, htmlPage, pageHeaders } from './html.js';
import { problemOf } from './problem.js';
import type { PublicUrl } from './public-url.js';
import { pathOf } from './request.js';

const headers = { ...pageHeaders, 'cache-control': 'no-store' };

/** Tells the person who has consented that it was good. Nothing of what the browser brought is shown. */
export function answerConsent(reply: FastifyReply, connectionKey: string): void {
  const body = `<p>The connection <code>${escaped(connectionKey)}</code> has its tokens. You can close this page.</p>`;
  void reply.code(200).headers(headers).send(htmlPage('Consent received', body));
}

/** Tells a person what went wrong. False: it is for a program, or nobody has foreseen it. */
export function answerConsentProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  url: PublicUrl,
): boolean {
  if (!(error instanceof KnownError) || !/\btext\/html\b/i.test(request.headers.accept ?? '')) return false;
  const at = { link: (path: string) => url.of(path), instance: pathOf(request), traceId: request.traceId };
  const { status, detail, type, code } = problemOf(error, at);
  const body = `<p>${escaped(detail)}</p>
<p>Problem <a href="${escaped(type)}"><code>${escaped(code)}</code></a>, trace <code>${escaped(request.traceId)}</code></p>`;
  void reply.code(status).headers(headers).send(htmlPage('The consent could not be used', body));
  return true;
}
