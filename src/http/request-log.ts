import type { FastifyInstance } from 'fastify';

/** Where the line of each request goes. */
export interface RequestLog {
  debug(event: string, fields: Readonly<Record<string, unknown>>): void;
}

/** One line per request, when it is answered. Its path is the route's, without ids and without a query. */
export function logRequests(server: FastifyInstance, log: RequestLog): void {
  server.addHook('onResponse', (request, reply, done) => {
    log.debug('request.answered', {
      traceId: request.traceId,
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      client: request.caller?.name ?? null,
    });
    done();
  });
}
