import type { FastifyInstance } from 'fastify';
import { NotFound } from './door.errors.js';
import { escaped, htmlPage, marked, pageHeaders } from './html.js';
import type { ProblemKind } from './problem-kind.js';
import { problemKindOf } from './problems.js';

/** Serves the page that the `type` of a problem opens. */
export function servePages(server: FastifyInstance): void {
  server.get<{ Params: { code: string } }>(
    '/problems/:code',
    { config: { access: 'public' } },
    async ({ params: { code } }, reply) => {
      const kind = problemKindOf(code);
      if (!kind) throw new NotFound('There is no problem of this name.');
      return reply.headers({ ...pageHeaders, 'cache-control': 'public, max-age=3600' }).send(pageOf(code, kind));
    },
  );
}

/** What a code means, as a page without script and style. */
function pageOf(code: string, kind: ProblemKind): string {
  return htmlPage(
    kind.title,
    `<p><code>${escaped(code)}</code>, HTTP status ${kind.status}</p>
<p>${marked(kind.meaning)}</p>
<h2>Was it carried out?</h2>
<p>${escaped(outcomeOf(code))} The member <code>outcome</code> of the problem says it for the request in question.</p>
<h2>What to do</h2>
<p>${marked(kind.remedy)}</p>
<p>${kind.retryable ? 'The same request with the same Idempotency-Key may help later.' : 'The same request will get the same answer.'}</p>
<p><a href="/docs">The API</a></p>`,
  );
}

function outcomeOf(code: string): string {
  if (code === 'platform-outcome-unknown' || code === 'internal-error') return 'That is not known.';
  if (code === 'overloaded') return 'No, unless the database may have taken it: then that is not known.';
  return 'No.';
}
