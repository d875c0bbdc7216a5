import type { Server } from 'node:net';

/** The port that a server listens on, chosen by the system where 0 was asked for. */
export function listeningPort(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('This server does not listen on a port.');
  return address.port;
}
