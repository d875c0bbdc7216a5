import { connect, createServer, type Server, type Socket } from 'node:net';
import { listeningPort } from '../../src/lib/listening-port.js';

/** A TCP proxy that can hold everything that passes, or end it for good. */
export interface ByteGate {
  readonly port: number;
  /** Bytes wait on both sides until they are let go. */
  hold(): void;
  letGo(): void;
  /** Every connection is reset, and nobody gets in any more. */
  cutOff(): void;
}

/** Two sockets of which the one carries on what the other says; whoever makes them joins them. */
export type Join = (client: Socket, upstream: Socket) => void;

/** @param join  how bytes go from one to the other; as they are by default */
export async function openByteGate(
  to: () => { readonly port: number; readonly host?: string } | { readonly path: string },
  join: Join = asTheyAre,
): Promise<ByteGate> {
  const open = new Set<Socket>();
  let isHeld = false;
  const server = createServer((client) => {
    const upstream = connect(to());
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => open.delete(socket));
    }
    join(client, upstream);
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    if (isHeld) for (const socket of [client, upstream]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: listeningPort(server),
    hold: () => {
      isHeld = true;
      for (const socket of open) socket.pause();
    },
    letGo: () => {
      isHeld = false;
      for (const socket of open) socket.resume();
    },
    cutOff: () => end(server, open),
  };
}

function asTheyAre(client: Socket, upstream: Socket): void {
  client.on('data', (chunk) => upstream.write(chunk));
  upstream.on('data', (chunk) => client.write(chunk));
}

/** Resets a connection whose request is not answered in so many milliseconds, as a proxy does. */
export function cuttingAfter(ms: number): Join {
  return (client, upstream) => {
    let timer: NodeJS.Timeout | undefined;
    client.on('data', (chunk) => {
      upstream.write(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => client.resetAndDestroy(), ms);
    });
    upstream.on('data', (chunk) => {
      clearTimeout(timer);
      client.write(chunk);
    });
    client.on('close', () => clearTimeout(timer));
  };
}

function end(server: Server, open: ReadonlySet<Socket>): void {
  server.close();
  for (const socket of open) {
    // Only TCP knows a reset.
    if (socket.remoteAddress === undefined) socket.destroy();
    else socket.resetAndDestroy();
  }
}
