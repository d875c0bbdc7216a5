import { afterEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { listeningPort } from '../../src/lib/listening-port.js';
import { MoreAcceptors } from '../../src/lib/more-acceptors.js';
import { until } from '../until.js';

let server: Server;
let more: MoreAcceptors;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await more?.close();
});

/** Blocks the loop, as much work does. */
function busy(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

it('a server whose turns are long accepts many connections in each', async () => {
  let turns = 0;
  let accepted = 0;
  server = createServer((_, response) => response.end('ok'));
  server.on('connection', () => (accepted += 1));
  server.listen(0, '127.0.0.1', 512);
  await once(server, 'listening');
  const port = listeningPort(server);
  more = new MoreAcceptors(server, 15, 512);
  await until(() => more.count === 15, 'the acceptors to listen');

  const sockets = Array.from({ length: 160 }, () => connect(port, '127.0.0.1'));
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    turns += 1;
    busy(5);
    setImmediate(turn);
  };
  turn();
  await until(() => accepted === 160, 'all to be accepted');
  isOver = true;
  // Singly it would be as many turns as connections.
  expect(turns).toBeLessThan(120);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);

  for (const socket of sockets) socket.destroy();
  server.closeIdleConnections();
  await Promise.all([more.close(), new Promise((resolve) => server.close(resolve))]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
});
