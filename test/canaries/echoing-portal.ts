import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { listeningPort } from '../../src/lib/listening-port.js';

/**
 * What the portal does with the next requests that it may spoil: pass them on; or say back all that it was sent, its head too,
 * as a page, as a refusal of its own, or as the beginning of an answer that is cut.
 */
export type Mood = 'pass' | 'page-502' | 'page-200' | 'refusal-400' | 'refusal-403' | 'cut';

/** A proxy before a simulated portal that learns every secret that passes, and may say it all back. */
export class EchoingPortal {
  /** By what they are. */
  readonly secrets = new Map<string, string>();
  mood: Mood = 'pass';
  /** Which requests are spoiled. */
  spoils: (path: string) => boolean = () => true;
  /** How many were. */
  echoed = 0;
  #seen = 0;
  #inside: readonly (readonly [string, string])[] = [];

  private constructor(
    readonly url: string,
    private readonly portal: string,
    private readonly server: Server,
  ) {
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async before(portal: string): Promise<EchoingPortal> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new EchoingPortal(`http://127.0.0.1:${listeningPort(server)}`, portal, server);
  }

  /** What stands in requests is another word at the portal: it knows only its own. */
  translate(outside: string, inside: string): void {
    this.#inside = [...this.#inside, [JSON.stringify(outside), JSON.stringify(inside)]];
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString();
    this.#learn(`${request.url ?? ''} ${body}`);
    this.#learnHeaders(request.headers);
    const path = request.url ?? '';
    if (this.mood !== 'pass' && this.spoils(path)) return this.#echo(request, body, response);
    const headers = Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length|accept-encoding)$/.test(name),
    );
    const answer = await fetch(this.portal + path, {
      method: request.method ?? 'GET',
      headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      ...(body === '' ? {} : { body: this.#inside.reduce((text, [from, to]) => text.replaceAll(from, to), body) }),
      redirect: 'manual',
    });
    const text = await answer.text();
    this.#learn(text);
    this.#learnHeaders({ 'set-cookie': answer.headers.getSetCookie() });
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers)
      if (!/^(content-length|transfer-encoding|connection|content-encoding)$/.test(name))
        response.setHeader(name, value);
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0) response.setHeader('set-cookie', cookies);
    response.end(text);
  }

  #echo(request: IncomingMessage, body: string, response: ServerResponse): void {
    this.echoed += 1;
    const { authorization = '', cookie = '', bpmcsrf = '' } = request.headers;
    // What is secret first: words of platforms are cut after some hundred characters.
    const said = [request.url, body.slice(0, 300), authorization, String(bpmcsrf), cookie].join(' ');
    switch (this.mood) {
      case 'page-502':
      case 'page-200':
        response.writeHead(this.mood === 'page-502' ? 502 : 200, { 'content-type': 'text/html' });
        response.end(`<html><title>${said}</title><body>${said}</body></html>`);
        return;
      case 'refusal-400':
      case 'refusal-403': {
        const status = this.mood === 'refusal-400' ? 400 : 403;
        response.writeHead(status, { 'content-type': 'application/json' });
        // In the words of every platform at once.
        const words = { error: 'ACCESS_DENIED', error_description: said, Message: said, message: said };
        response.end(
          JSON.stringify({ ...words, success: false, Code: 1, errorInfo: { errorCode: 'Refused', message: said } }),
        );
        return;
      }
      case 'cut':
      case 'pass':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
        response.write(JSON.stringify({ error_description: said }).slice(0, -1));
        setTimeout(() => response.destroy(), 20);
    }
  }

  /** Tokens, wherever they are named. */
  #learn(text: string): void {
    const named =
      /["?&[]?(access_token|refresh_token|auth|event_token|client_secret|UserPassword|application_token)["\]]*[=:]\s*"?([^"&\s]{12,})/g;
    for (const [, name, value] of text.matchAll(named)) this.#keep(String(name), String(value));
    for (const [, code] of text.matchAll(/\/rest\/\d+\/([^/\s]{8,})\//g)) this.#keep('webhook', String(code));
  }

  #learnHeaders(headers: IncomingMessage['headers']): void {
    for (const name of ['authorization', 'bpmcsrf']) {
      const value = headers[name];
      if (typeof value === 'string') this.#keep(name, value.replace(/^\w+ /, ''));
    }
    const cookies = [
      ...(headers['set-cookie'] ?? []).map((one) => one.split(';')[0] ?? ''),
      ...(headers.cookie ?? '').split('; '),
    ];
    for (const cookie of cookies) this.#keep('cookie', cookie.slice(cookie.indexOf('=') + 1));
  }

  #keep(name: string, value: string): void {
    const decoded = decodeURIComponent(value.replaceAll('+', '%20'));
    for (const one of new Set([value, decoded])) {
      if (one.length >= 12 && ![...this.secrets.values()].includes(one))
        this.secrets.set(`${name} ${(this.#seen += 1)}`, one);
    }
  }
}
