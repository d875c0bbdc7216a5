import {
  createServer as createHttpServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { listeningPort } from './listening-port.js';

/** A request that a simulated server received, read to its end. */
export interface SimulatedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a simulated server does with a request: an answer, or a broken connection. */
export type SimulatedAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body: string;
    }
  /** The connection is reset without an answer. */
  | { readonly reset: true };

export interface SimulatorOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface Simulator {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Runs a simulated server: real sockets, and answers as `answer` says. An error in `answer` becomes a 500. */
export async function startSimulator(
  options: SimulatorOptions,
  answer: (request: SimulatedRequest) => Promise<SimulatedAnswer>,
): Promise<Simulator> {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serve(incoming, outgoing, answer);
  };
  const server: Server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const port = listeningPort(server);
  return {
    url: `${options.tls ? 'https' : 'http'}://${options.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: SimulatedRequest) => Promise<SimulatedAnswer>,
): Promise<void> {
  try {
    const said = await answer({
      method: incoming.method ?? 'GET',
      url: new URL(incoming.url ?? '/', 'http://simulator'),
      headers: incoming.headers,
      body: await text(incoming),
    });
    if ('reset' in said) {
      incoming.socket.resetAndDestroy();
      return;
    }
    for (const [name, value] of Object.entries(said.headers ?? {})) outgoing.setHeader(name, value);
    outgoing.setHeader('content-length', Buffer.byteLength(said.body));
    outgoing.writeHead(said.status);
    outgoing.end(said.body);
  } catch (error) {
    if (outgoing.headersSent || incoming.socket.destroyed) return;
    outgoing.writeHead(500, { 'content-type': 'text/plain' }).end(`The simulator failed: ${String(error)}`);
  }
}

/** Posts a form as a simulated portal does: once, without looking at the answer but for its status; `null`: none came. */
export function postForm(url: string, body: string, userAgent: string): Promise<number | null> {
  return post(url, body, { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent });
}

/** The same with JSON. @param more  headers beside the type of the body */
export function postJson(url: string, body: object, more: Readonly<Record<string, string>>): Promise<number | null> {
  return post(url, JSON.stringify(body), { 'content-type': 'application/json', ...more });
}

function post(url: string, body: string, more: Readonly<Record<string, string>>): Promise<number | null> {
  return new Promise((resolve) => {
    const headers = { ...more, 'content-length': Buffer.byteLength(body) };
    const outgoing = request(url, { method: 'POST', headers, agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? null);
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(null));
    outgoing.end(body);
  });
}
