import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { listeningPort } from '../../src/lib/listening-port.js';

/** Takes connections on both loopback addresses at one port, and counts them. */
export interface CountingListener {
  readonly port: number;
  readonly count: number;
  close(): Promise<void>;
}

export async function countingListener(): Promise<CountingListener> {
  let count = 0;
  const listening = async (host: string, port: number): Promise<Server> => {
    const server = createServer((socket) => {
      count += 1;
      socket.on('error', () => undefined);
      socket.destroy();
    });
    await once(server.listen(port, host), 'listening');
    return server;
  };
  // `0.0.0.0` takes what is sent to any address of this machine, the whole of 127.0.0.0/8 among them.
  const first = await listening('0.0.0.0', 0);
  const port = listeningPort(first);
  const servers = [first, await listening('::1', port)];
  return {
    port,
    get count() {
      return count;
    },
    close: async () => {
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
}
