import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { requireOneHost } from './authority.js';
import { MalformedRequest, Unreadable } from './door.errors.js';
import { inOurWords } from './foreign-errors.js';
import type { Front } from './front.js';
import { problemOf } from './problem.js';
import { answerProblem, problemType } from './problem-answer.js';
import type { PublicUrl } from './public-url.js';
import { closedHeaders } from './security-headers.js';
import { requestIdOf, traceOf } from './trace.js';
import './request.js';

const maxHeaderBytes = 16 * 1024;

/** No route has a schema of Fastify's: bodies are checked by their DTOs. Its own compilers would be loaded all the same. */
const noSchemas = {
  buildValidator: () => () => {
    throw new Error('A route has a schema that nobody checks');
  },
  buildSerializer: () => () => {
    throw new Error('A route has a schema that nobody writes by');
  },
};

const timeLimits = {
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: 15_000,
  // Signings bring up to 24 MiB, on slow lines too.
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
  // The door answers it itself, as a problem.
  requireHostHeader: false,
};

/**
 * Makes the HTTP server with its limits of time and size; what fails before a route is found is answered here.
 *
 * @param front  what stands before the framework
 */
export function httpServer(
  url: PublicUrl,
  trustedProxies: readonly string[],
  front?: Pick<Front, 'take'>,
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    genReqId: requestIdOf,
    requestTimeout: timeLimits.requestTimeout,
    serverFactory: (answer: RequestListener) =>
      createServer(timeLimits, (request, response) => {
        if (front) front.take(request, response, answer);
        else answer(request, response);
      }),
    // The door answers it itself, as a problem.
    return503OnClosing: false,
    schemaController: { compilersFactory: noSchemas },
    // Idempotency keys, percent-encoded, stand in paths.
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      // No hook has run: the router could not read the path.
      beginTrace(request, reply);
      answerProblem(inOurWords(error), request, reply, url);
    },
    clientErrorHandler: (error: ConnectionError, socket: Socket) => refuseOnSocket(error, socket, url),
  });
  const server = adapter.getInstance();
  server.server.maxConnections = 10_000;
  // Node would answer 417 by itself to what it does not know; ignoring it is as good (RFC 9110, 10.1.1).
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.decorateRequest('traceId', '');
  server.decorateRequest('caller', null);
  server.decorateRequest('work', null);
  server.decorateRequest('bodyBytes', 0);
  server.decorateRequest('idempotencyKey', '');
  server.addHook('onRequest', (request, reply, done) => {
    beginTrace(request, reply);
    requireOneHost(request.raw);
    done();
  });
  return adapter;
}

function beginTrace(request: FastifyRequest, reply: FastifyReply): void {
  const { traceparent } = request.headers;
  request.trace = traceOf(typeof traceparent === 'string' ? traceparent : undefined);
  request.traceId = request.trace.traceId;
  void reply.headers({ 'x-request-id': request.id, traceparent: request.trace.traceparent });
}

function refuseOnSocket(error: ConnectionError, socket: Socket, url: PublicUrl): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Unreadable('headers-too-large', `The header is larger than ${maxHeaderBytes / 1024} KiB.`)
      : new MalformedRequest('This is no HTTP request, or it did not arrive in time.');
  const { traceId, traceparent } = traceOf(undefined);
  const problem = problemOf(refusal, { link: (path) => url.of(path), instance: '/', traceId });
  const body = JSON.stringify(problem);
  const { rawPacket } = error;
  const isHead = Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, 5).toString('latin1') === 'HEAD ';
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${randomUUID()}`,
      `traceparent: ${traceparent}`,
      ...Object.entries(closedHeaders).map(([name, value]) => `${name}: ${value}`),
      'connection: close',
      '',
      isHead ? '' : body,
    ].join('\r\n'),
  );
}
