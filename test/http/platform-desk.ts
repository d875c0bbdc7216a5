import { z } from 'zod';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

const Fields = z.record(z.string(), z.unknown());
type Fields = z.infer<typeof Fields>;

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Fields;
}

/** What the simulated portal is told to answer; see its `POST /_sandbox/errors`. */
export interface OrderedError {
  readonly error: unknown;
  readonly description?: string;
  readonly status?: number;
  readonly next?: number;
  readonly executes?: boolean;
}

const Requests = z.array(z.object({ operation: z.string(), method: z.string(), executed: z.boolean() }));

/** A whole gateway with its simulated Bitrix24 portal, which is told how to fail. Each answer is held against the contract. */
export class PlatformDesk {
  #gateway: TestGateway | null = null;
  #contract: OpenApiAnswers | null = null;
  #portal = '';
  /** What the gateway has logged. */
  readonly lines: string[] = [];
  #keys = 0;

  async open(): Promise<void> {
    const settings = {
      SANDBOX: 'on',
      STATUS_POLL_SECONDS: '3600',
      EGRESS_ALLOW: '127.0.0.0/8',
      EGRESS_HTTP: 'on',
    };
    this.#gateway = await startGateway(settings, (line) => this.lines.push(line));
    this.#contract = await openApiAnswers(this.#url);
    this.#portal = String((await this.connection('sandbox-bitrix24'))['baseUrl']);
  }

  async close(): Promise<void> {
    await this.#gateway?.close();
  }

  get #url(): string {
    return this.#gateway?.url ?? '';
  }

  async get(route: string, path = route): Promise<Told> {
    return this.#answer(`GET ${route}`, await fetch(`${this.#url}${path}`));
  }

  async post(route: string, body: object, path = route, prefer = 'wait=10'): Promise<Told> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `key-${(this.#keys += 1)}`, prefer },
      body: JSON.stringify(body),
    });
    return this.#answer(`POST ${route}`, answer);
  }

  /** A connection to the simulated portal with a state and a budget of its own; gives its key. */
  async newConnection(auth: object = { type: 'webhook', userId: 1, secret: 'sandboxwebhook01' }): Promise<string> {
    const key = `portal-${(this.#keys += 1)}`;
    const limits = { requestsPerSecond: 1000, burst: 1000 };
    const body = { key, platform: 'bitrix24', name: key, baseUrl: this.#portal, auth, limits };
    const { status } = await this.post('/v1/connections', body);
    if (status !== 201) throw new Error(`The connection was answered ${status}`);
    return key;
  }

  async connection(key: string): Promise<Fields> {
    return (await this.get('/v1/connections/{key}', `/v1/connections/${key}`)).body;
  }

  /** Starts the template that waits, on a document of its own so that no lane stands in the way. */
  start(connection: string, prefer?: string): Promise<Told> {
    const subject = { type: 'crm.lead', id: String((this.#keys += 1)) };
    const body = { connection, definition: '1', subject, variables: { Parameter1: 'user_1' } };
    return this.post('/v1/processes', body, '/v1/processes', prefer);
  }

  /** A process as it is once `holds` is true of it. */
  async processWhere(id: unknown, holds: (process: Fields) => boolean): Promise<Fields> {
    return until(
      async () => {
        const process = (await this.get('/v1/processes/{id}', `/v1/processes/${String(id)}`)).body;
        return holds(process) ? process : null;
      },
      `process ${String(id)}`,
    );
  }

  async control(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#portal}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(await answer.text());
  }

  /** Has the portal fail so at the next call of the method; `next` more often. */
  fail(method: string, error: OrderedError): Promise<void> {
    return this.control('errors', { method, next: 1, ...error });
  }

  /** Nothing is ordered for the method any more. */
  mend(method: string): Promise<void> {
    return this.control('errors', { method });
  }

  /** By the portal's own log: how many calls of the method it has received, and how many it has executed. */
  async received(method: string): Promise<readonly [number, number]> {
    const log: unknown = await (await fetch(`${this.#portal}/_sandbox/requests`)).json();
    const calls = Requests.parse(log).filter((request) => request.method === method);
    return [calls.length, calls.filter(({ executed }) => executed).length];
  }

  async #answer(route: string, answer: Response): Promise<Told> {
    const { status, headers } = answer;
    return { status, headers, body: Fields.parse(await this.#contract?.body(route, answer)) };
  }
}
