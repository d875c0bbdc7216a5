import { z } from 'zod';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';
import { exampleOf } from './example-of.js';

const Fields = z.record(z.string(), z.unknown());
type Fields = z.infer<typeof Fields>;

const Truth = z.object({
  told: z.array(z.object({ handler: z.string(), body: z.string() })),
  posted: z.array(z.object({ status: z.number().nullable() })),
  elements: z.array(
    z.object({
      token: z.string(),
      runId: z.string(),
      sends: z.number(),
      resumed: z.number(),
      returned: Fields,
      logs: z.array(z.string()),
    }),
  ),
});
export type ElementTruth = z.infer<typeof Truth>['elements'][number];

const Element = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  state: z.string(),
  startedAt: z.string(),
  completedAt: z.string().nullable(),
});

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Fields;
}

export const application = 'sandbox-bitrix24-app';

/** A whole gateway with its simulated portal, which tells it things by itself. */
export class CallbackDesk {
  readonly lines: string[] = [];
  /** Every answer of the gateway, to be searched for what must not be in one. */
  readonly answers: string[] = [];
  #gateway: TestGateway | null = null;
  #contract: OpenApiAnswers | null = null;
  #portal = '';
  #keys = 0;

  async open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const settings = { SANDBOX: 'on', STATUS_POLL_SECONDS: '3600', RECONCILE_DELAYS: '2,3,60', ...env };
    this.#gateway = await startGateway(settings, (line) => this.lines.push(line));
    this.#contract = await openApiAnswers(this.url);
    const connection = await this.get('GET /v1/connections/{key}', `/v1/connections/${application}`);
    this.#portal = String(connection.body['baseUrl']);
  }

  get url(): string {
    return this.#gateway?.url ?? '';
  }

  get databaseUrl(): string {
    return this.#gateway?.databaseUrl ?? '';
  }

  async close(): Promise<void> {
    await this.#gateway?.close();
  }

  handlerOf(connection: string = application): string {
    return `${this.url}/v1/inbound/bitrix24/${connection}`;
  }

  async get(route: string, path: string): Promise<Answer> {
    return this.#answer(route, await fetch(`${this.url}${path}`));
  }

  async post(route: string, path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `key-${(this.#keys += 1)}`, ...headers },
      body: JSON.stringify(body),
    });
    return this.#answer(route, answer);
  }

  /** Posts to the inbound route what somebody says is a callback. */
  async tell(
    form: string,
    connection: string = application,
    type = 'application/x-www-form-urlencoded',
  ): Promise<Answer> {
    const answer = await fetch(this.handlerOf(connection), {
      method: 'POST',
      headers: { 'content-type': type },
      body: form,
    });
    return this.#answer('POST /v1/inbound/bitrix24/{connection}', answer);
  }

  /** Orders something of the simulated portal. */
  async order(path: string, body: object): Promise<Fields> {
    const answer = await fetch(`${this.#portal}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const told = Fields.parse(await answer.json());
    if (answer.status !== 200) throw new Error(`The sandbox said ${answer.status}: ${JSON.stringify(told)}`);
    return told;
  }

  async truth(): Promise<z.infer<typeof Truth>> {
    return Truth.parse(await (await fetch(`${this.#portal}/_sandbox/callbacks`)).json());
  }

  async runs(): Promise<readonly { nativeId: string; definition: string; state: string }[]> {
    const Runs = z.array(z.object({ nativeId: z.string(), definition: z.string(), state: z.string() }));
    return Runs.parse(await (await fetch(`${this.#portal}/_sandbox/runs`)).json());
  }

  async start(definition: string, more: object = {}): Promise<{ id: string; nativeId: string; state: string }> {
    const body = { ...exampleOf(definition), connection: application, definition, ...more };
    const started = await this.post('POST /v1/processes', '/v1/processes', body);
    return {
      id: String(started.body['id']),
      nativeId: String(started.body['nativeId']),
      state: String(started.body['state']),
    };
  }

  /** Calls a method of the portal as the application, past the gateway. */
  async call(method: string, params: object): Promise<Fields> {
    const access = new URLSearchParams((await this.truth()).told.at(-1)?.body).get('auth[access_token]');
    const answer = await fetch(`${this.#portal}/rest/${method}.json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${access}` },
      body: JSON.stringify(params),
    });
    return Fields.parse(await answer.json());
  }

  /** How often the portal was asked for a method so far. */
  async calls(method: string): Promise<number> {
    const Requests = z.array(z.object({ method: z.string() }));
    const requests = Requests.parse(await (await fetch(`${this.#portal}/_sandbox/requests`)).json());
    return requests.filter((one) => one.method === method).length;
  }

  async process(id: string): Promise<Fields> {
    return (await this.get('GET /v1/processes/{id}', `/v1/processes/${id}`)).body;
  }

  /** Has a run reach an activity of an application, and gives the truth about that execution. */
  async reach(runId: string, more: object = {}): Promise<string> {
    const { token } = await this.order('elements', { runId, handler: this.handlerOf(), ...more });
    return String(token);
  }

  async elementTruth(token: string): Promise<ElementTruth | undefined> {
    return (await this.truth()).elements.find((one) => one.token === token);
  }

  async elements(processId: string): Promise<z.infer<typeof Element>[]> {
    const answer = await this.get('GET /v1/processes/{id}/elements', `/v1/processes/${processId}/elements`);
    return z.array(Element).parse(answer.body['items'] ?? []);
  }

  /** The one element of a process, as soon as it was told of. */
  async element(processId: string): Promise<z.infer<typeof Element>> {
    const listed = await until(async () => {
      const items = await this.elements(processId);
      return items.length > 0 && items;
    }, 'an element to be told of');
    const [first] = listed;
    if (!first || listed.length > 1) throw new Error(`There are ${listed.length} elements`);
    return first;
  }

  complete(processId: string, elementId: string, body: object = {}, headers: Record<string, string> = {}) {
    const path = `/v1/processes/${processId}/elements/${elementId}/complete`;
    return this.post('POST /v1/processes/{id}/elements/{elementId}/complete', path, body, headers);
  }

  log(processId: string, elementId: string, message: string, headers: Record<string, string> = {}) {
    const path = `/v1/processes/${processId}/elements/${elementId}/log`;
    return this.post('POST /v1/processes/{id}/elements/{elementId}/log', path, { message }, headers);
  }

  /** The types of a process's events, oldest first. */
  async events(processId: string): Promise<{ type: string; data: Fields }[]> {
    const answer = await this.get('GET /v1/processes/{id}/history', `/v1/processes/${processId}/history`);
    const Items = z.array(z.object({ kind: z.string(), type: z.string(), data: Fields }));
    return Items.parse(answer.body['items']).filter(({ kind }) => kind === 'event');
  }

  async #answer(route: string, answer: Response): Promise<Answer> {
    this.answers.push(await answer.clone().text());
    const body = Fields.parse((await this.#contract?.body(route, answer)) ?? {});
    return { status: answer.status, headers: answer.headers, body };
  }
}
