import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Exchange, HttpAnswer } from '../../src/lib/exchange.js';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import { listeningPort } from '../../src/lib/listening-port.js';
import { until } from '../until.js';

/** The socket that each request came on, in their order. */
let seen: Socket[];
let announced: string | null;
let server: Server;
let exchange: Exchange;

beforeEach(async () => {
  seen = [];
  announced = null;
  server = createServer((request, response) => {
    seen.push(request.socket);
    if (announced !== null) response.setHeader('keep-alive', announced);
    response.end('done');
  });
  // Node's server would announce its own.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  exchange = guardedExchange({ allow: ['127.0.0.1'], http: true, ownPorts: [] });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const command = (mayWrite: () => boolean = () => true): Promise<HttpAnswer> => {
  const url = `http://127.0.0.1:${listeningPort(server)}/`;
  return exchange(
    { method: 'POST', url, headers: {}, body: 'start' },
    { signal: AbortSignal.timeout(10_000), mayWrite },
  );
};

/** Makes kept sockets so much older: nothing else runs meanwhile, timers neither. */
function grow(olderByMs: number): void {
  const began = performance.now();
  while (performance.now() - began < olderByMs);
}

const sockets = (): number => new Set(seen).size;

describe('a command', () => {
  it('goes out on the socket of one that was answered just now', async () => {
    for (let sent = 0; sent < 5; sent += 1) await command();

    expect([seen.length, sockets()]).toEqual([5, 1]);
  });

  it('takes a fresh one where the last answer is a second old', async () => {
    await command();
    await until(() => seen[0]?.destroyed, 'the idle socket to be closed');
    await command();

    expect([seen.length, sockets()]).toEqual([2, 2]);
  });

  it('takes a fresh one where those that are kept are too old and their timers come late', async () => {
    await Promise.all([command(), command(), command()]);
    grow(1200);
    await command();

    expect([seen.length, sockets()]).toEqual([4, 4]);
  });

  it('is not written where its time ends while it finds one that is too old', async () => {
    await command();
    grow(1200);

    await expect(command(() => false)).rejects.toThrow(expect.objectContaining({ because: 'late' }));
    expect(seen).toHaveLength(1);
  });

  it('takes a fresh one where the peer keeps sockets for no longer than a second', async () => {
    announced = 'timeout=1';
    for (let sent = 0; sent < 3; sent += 1) await command();

    expect([seen.length, sockets()]).toEqual([3, 3]);
  });

  it('is not written where its time is over, on a kept socket neither', async () => {
    await command();

    await expect(command(() => false)).rejects.toThrow(expect.objectContaining({ because: 'late' }));
    expect(seen).toHaveLength(1);
  });

  it('takes a fresh one where the peer has closed the kept one', async () => {
    await command();
    seen[0]?.end();
    await until(() => seen[0]?.destroyed, 'the socket to be closed on both sides');
    await command();

    expect([seen.length, sockets()]).toEqual([2, 2]);
  });
});
