import { once } from 'node:events';
import { createServer } from 'node:net';

/** Where the server listens: one socket in a directory that only its user may enter, or one port of loopback. */
export type Address = { readonly sockets: string } | { readonly port: number };

/** Name of the role that owns everything in the embedded server. */
export const role = 'gateway';

/** The bytes that every system allows for the path of a socket: 104 on macOS, 108 on Linux, one of them for the end. */
export const longestSocketPath = 103;

/** The number in the socket's name, `.s.PGSQL.5432`; no TCP port is opened. */
const socketPort = 5432;

/**
 * Where a server is to listen whose own directory for sockets is given: there, or on loopback when the path is too long
 * for a socket or has signs that PostgreSQL's list of directories cannot take.
 */
export async function chooseAddress(sockets: string): Promise<Address> {
  const fits = Buffer.byteLength(`${sockets}/.s.PGSQL.${socketPort}`) <= longestSocketPath;
  return fits && !/[",\\]/.test(sockets) ? { sockets } : { port: await freePort() };
}

/** The url of a database there, for node-postgres, psql and everything else that knows PostgreSQL's urls. */
export function urlOf(address: Address, password: string): string {
  const credentials = `${role}:${encodeURIComponent(password)}`;
  if ('port' in address) return `postgresql://${credentials}@127.0.0.1:${address.port}/postgres`;
  // `host` has precedence over "localhost", which is there because many parsers refuse a url without a host.
  return `postgresql://${credentials}@localhost:${socketPort}/postgres?host=${encodeURIComponent(address.sockets)}`;
}

/** The server's settings that make it listen there and nowhere else. */
export function listeningAt(address: Address): Readonly<Record<string, string>> {
  if ('port' in address) {
    return { listen_addresses: '127.0.0.1', port: String(address.port), unix_socket_directories: '' };
  }
  return {
    listen_addresses: '',
    port: String(socketPort),
    unix_socket_directories: `"${address.sockets}"`,
    unix_socket_permissions: '0700',
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port');
  return address.port;
}
