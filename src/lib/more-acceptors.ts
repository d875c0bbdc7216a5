import { spawn, type ChildProcess, type SendHandle } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Sends a listening socket back as often as it is told: each time it arrives as a descriptor of its own. */
const mirror = `process.on('message', (times, socket) => {
  for (let left = times; left > 0; left -= 1) {
    process.send('', socket, { keepOpen: true }, left === 1 ? () => process.disconnect() : undefined);
  }
});`;

const longestMs = 10_000;

/**
 * Has a server that listens accept several connections in one turn of its loop. Node accepts one for each listening
 * descriptor (libuv 1.45 and newer), so that a server whose turns are long lets callers wait in the kernel, unseen. There
 * is no call to have one twice; what a process is sent by another one is.
 */
export class MoreAcceptors {
  readonly #servers: Server[] = [];
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #open = 0;

  /** @param times  how many more @param backlog  as the server listens with */
  constructor(server: Server, times: number, backlog: number) {
    this.#child = spawn(process.execPath, ['-e', mirror], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {} });
    // Without it the server accepts one at a time, as it did before.
    this.#child.on('error', () => undefined);
    this.#child.on('message', (_, copy) => this.#accept(server, copy, backlog));
    this.#gone = once(this.#child, 'close').catch(() => undefined);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), longestMs);
    void this.#gone.then(() => clearTimeout(timer));
    const socket: unknown = Reflect.get(server, '_handle');
    if (isHandle(socket)) this.#child.send(times, socket, () => undefined);
    else this.#child.kill();
  }

  /** How many there are so far. */
  get count(): number {
    return this.#servers.length;
  }

  /** Accepts nothing more, and waits until its connections are over. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
    await Promise.all(this.#servers.map(async (server) => new Promise((resolve) => server.close(resolve))));
  }

  #accept(server: Server, copy: SendHandle, backlog: number): void {
    // As node:http has its own connections.
    const one = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (this.#open >= server.maxConnections) {
        socket.destroy();
        return;
      }
      this.#open += 1;
      socket.once('close', () => (this.#open -= 1));
      server.emit('connection', socket);
    });
    one.on('error', () => undefined);
    one.listen(copy, backlog);
    this.#servers.push(one);
  }
}

function isHandle(value: unknown): value is SendHandle {
  return typeof value === 'object' && value !== null;
}
