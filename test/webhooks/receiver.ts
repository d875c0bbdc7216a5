import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listeningPort } from '../../src/lib/listening-port.js';
import { Told } from './stream-reader.js';

/** One message that came. */
export interface Message {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly event: Told;
}

/** What is answered to a message; one that answers nothing holds it. */
export type Behaviour = (response: ServerResponse, message: Message, request: IncomingMessage) => void;

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Behaviour =>
  (response) => {
    response.writeHead(status, { ...headers });
    response.end(body);
  };

/** Somebody who is told what happens: a server whose every path behaves as it is told to, with 204 by default. */
export class Receiver {
  readonly #behaviours = new Map<string, Behaviour>();
  readonly messages: Message[] = [];

  private constructor(
    readonly port: number,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<Receiver> {
    const server = createServer((request, response) => void receiver.#take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    const receiver: Receiver = new Receiver(listeningPort(server), close);
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  on(path: string, behaviour: Behaviour): void {
    this.#behaviours.set(path, behaviour);
  }

  at(path: string): readonly Message[] {
    return this.messages.filter((message) => message.path === path);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const message = { path: request.url ?? '', headers, body, event: Told.parse(JSON.parse(body)) };
    this.messages.push(message);
    (this.#behaviours.get(message.path) ?? answers(204))(response, message, request);
  }
}

/** Whether one of the signatures is that of the secret, by another implementation than the one that signs. */
export async function isSigned({ headers, body }: Message, secret: string): Promise<boolean> {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (sign) => sign.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const content = new TextEncoder().encode(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const wanted = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, content))));
  return (headers['webhook-signature'] ?? '').split(' ').includes(`v1,${wanted}`);
}
