import type { FastifyInstance } from 'fastify';
import { NotFound } from './door.errors.js';
import type { ProblemKind } from './problem-kind.js';
import { problemKindOf } from './problems.js';

const contentSecurityPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the page that the `type` of a problem opens. */
export function servePages(server: FastifyInstance): void {
  server.get<{ Params: { code: string } }>(
    '/problems/:code',
    { config: { access: 'public' } },
    async ({ params: { code } }, reply) => {
      const kind = problemKindOf(code);
      if (!kind) throw new NotFound('There is no problem of this name.');
      return reply
        .type('text/html; charset=utf-8')
        .headers({ 'content-security-policy': contentSecurityPolicy, 'cache-control': 'public, max-age=3600' })
        .send(pageOf(code, kind));
    },
  );
}

/** What a code means, as a page without script and style. */
function pageOf(code: string, kind: ProblemKind): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(kind.title)}</title></head>
<body>
<h1>${escaped(kind.title)}</h1>
<p><code>${escaped(code)}</code>, HTTP status ${kind.status}</p>
<p>${marked(kind.meaning)}</p>
<h2>Was it carried out?</h2>
<p>${escaped(outcomeOf(code))} The member <code>outcome</code> of the problem says it for the request in question.</p>
<h2>What to do</h2>
<p>${marked(kind.remedy)}</p>
<p>${kind.retryable ? 'The same request with the same Idempotency-Key may help later.' : 'The same request will get the same answer.'}</p>
<p><a href="/docs">The API</a></p>
</body>
</html>
`;
}

function outcomeOf(code: string): string {
  if (code === 'platform-outcome-unknown' || code === 'internal-error') return 'That is not known.';
  if (code === 'overloaded') return 'No, unless the database may have taken it: then that is not known.';
  return 'No.';
}

/** Names in backquotes stand out. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
