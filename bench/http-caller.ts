import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as far as the bench looks at it. */
export interface CallerAnswer {
  readonly status: number;
  readonly body: string;
}

const headEnd = '\r\n\r\n';

/**
 * One keep-alive connection that has one request out at a time. Written on the bare socket so that the load costs as
 * little as possible of the machine that it shares with what it measures.
 */
export class HttpCaller {
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(answer: CallerAnswer): void; reject(error: Error): void } | null = null;

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error(`${this.host} closed the connection`)));
  }

  /** Resolves when the connection stands. */
  static async to({ hostname, port, host }: URL): Promise<HttpCaller> {
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new HttpCaller(socket, host);
  }

  /**
   * Posts JSON; the answer must tell its length.
   *
   * @param headers  whole lines, each with its line end
   */
  post(path: string, headers: string, body: string): Promise<CallerAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\ncontent-type: application/json\r\n` +
          `${headers}content-length: ${Buffer.byteLength(body)}${headEnd}${body}`,
      );
    });
  }

  close(): void {
    this.#waiting = null;
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(headEnd);
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.#fail(new Error(`${this.host} does not tell how long its answer is`));
    const from = end + headEnd.length;
    const to = from + Number(length);
    if (this.#received.length < to) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.#received.toString('utf8', from, to) };
    this.#received = this.#received.subarray(to);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}
