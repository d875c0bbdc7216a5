import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { httpServer } from '../../src/http/http-server.js';
import { PublicUrl } from '../../src/http/public-url.js';
import { startGateway, type TestGateway } from '../gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.close());

async function slow(head: string): Promise<Socket> {
  const { hostname, port, host } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(head.replace('{host}', host));
  return socket;
}

describe('callers that send as slowly as they can', () => {
  it('are no load: two hundred headers and three hundred bodies without end keep nobody from being answered', async () => {
    const post = 'POST /v1/processes HTTP/1.1\r\nHost: {host}\r\n';
    const body = `${post}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a":"`;
    const sockets = await Promise.all(Array.from({ length: 500 }, (_, at) => slow(at < 200 ? post : body)));

    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${gateway.url}/v1/processes?limit=1`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(sockets.filter((socket) => socket.closed)).toEqual([]);

    for (const socket of sockets) socket.destroy();
  });
});

describe('the time that a caller has', () => {
  it('is bounded for a header, for a whole request and for an idle connection, and so is the number of connections', () => {
    const adapter = httpServer(new PublicUrl('http://127.0.0.1:3000'), []);
    const { server } = adapter.getInstance();

    expect({
      headersTimeout: server.headersTimeout,
      requestTimeout: server.requestTimeout,
      keepAliveTimeout: server.keepAliveTimeout,
      maxConnections: server.maxConnections,
    }).toEqual({ headersTimeout: 15_000, requestTimeout: 60_000, keepAliveTimeout: 65_000, maxConnections: 10_000 });
  });
});
