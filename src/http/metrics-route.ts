import type { FastifyInstance } from 'fastify';

/** What the route needs of the metrics; they count requests of the door among others. */
export interface ServedMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  count(request: { method: string; route: string | null; status: number; seconds: number }): void;
}

/** Counts every answered request and serves the numbers: to anybody on loopback, to administrators elsewhere. */
export function serveMetrics(server: FastifyInstance, metrics: ServedMetrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? null;
    metrics.count({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
  server.get('/metrics', { config: { access: 'admin-off-loopback' } }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
