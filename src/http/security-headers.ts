import { IncomingMessage, ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet, { type HelmetOptions } from 'helmet';

/** For pages: our own scripts only, and those of Swagger UI, which lie here too. It brings its style inline. */
const ofPages: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Only an https: answer is bound by it; the gateway itself speaks http: and a proxy may add it.
  strictTransportSecurity: false,
  crossOriginEmbedderPolicy: false,
  referrerPolicy: { policy: 'no-referrer' },
};

/** For what holds no page at all, e.g. a problem; also where no route, and so nothing above, has been found yet. */
export const closedHeaders = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

/** Sets them on every answer. What lies under `/v1` is no page and needs no more than `closedHeaders`. */
export function useSecurityHeaders(server: FastifyInstance): void {
  const pageHeaders = headersBy(helmet(ofPages));
  server.addHook('onRequest', (request, reply, done) => {
    const isApi = request.routeOptions.url?.startsWith('/v1/') === true;
    void reply.headers(isApi ? closedHeaders : pageHeaders);
    done();
  });
}

/** What a middleware sets, asked once: it is the same for every answer. */
function headersBy(middleware: ReturnType<typeof helmet>): OutgoingHttpHeaders {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  middleware(response.req, response, (error) => {
    if (error) throw new Error('helmet could not work its headers out', { cause: error });
  });
  return { ...response.getHeaders() };
}
