import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { NotSent } from './exchange.js';

declare module 'node:http' {
  // Documented by Node, and missing in its types.
  interface Agent {
    keepSocketAlive(socket: Duplex): boolean;
    reuseSocket(socket: Duplex, request: ClientRequest): void;
  }
}

/**
 * How long after its last answer a socket may carry another command. On sockets that were idle for longer, 54 of 600 starts
 * ended in a reset that nobody could classify; on fresh ones, none.
 */
export const recentForMs = 1000;

/** What is asked and told about the one command that a socket is for. */
export interface Handing {
  /** Asked once the socket stands; false: nothing is written. */
  readonly mayWrite: () => boolean;
  /** Told when the socket is handed over: from then on bytes may have left. */
  readonly onHandedOver: () => void;
  /** Told when the kept socket that it was to go out on was too old, and is closed: nothing has left, and it may take another. */
  readonly onTooOld: () => void;
}

const recentUntil = new WeakMap<Duplex, number>();

/** Notes that a socket is kept from now on, for as long as Node has it wait: a second, or less where its peer says so. */
export function kept(socket: Duplex): void {
  const waitsMs: unknown = Reflect.get(socket, 'timeout');
  recentUntil.set(socket, performance.now() + (typeof waitsMs === 'number' ? Math.min(waitsMs, recentForMs) : 0));
}

/** Hands a kept socket to a request, or ends the request unsent: the timer of an old socket may come late. */
export function reused(socket: Duplex, request: ClientRequest, { mayWrite, onHandedOver, onTooOld }: Handing): void {
  if ((recentUntil.get(socket) ?? 0) <= performance.now()) {
    onTooOld();
    socket.destroy();
    request.destroy(new NotSent('unreachable', 'The connection had been idle for too long'));
  } else if (mayWrite()) onHandedOver();
  else request.destroy(new NotSent('late', 'The time to send was over when the connection was found'));
}
