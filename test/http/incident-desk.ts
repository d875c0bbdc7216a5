import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';
import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';
import { until } from '../until.js';

export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** An incident as its reader has it. */
export interface Seen {
  readonly id: string;
  readonly etag: string;
  readonly body: Body;
}

const adminKey = 'the-key-of-the-administrator';
let last = 0;

/** A key that no other command of this run has. */
export function newKey(): string {
  return `key-${(last += 1)}`;
}

/** A gateway with both sandboxes, whose lost starts need a person after one look; every answer is held against the contract. */
export class IncidentDesk {
  private constructor(
    readonly gateway: TestGateway,
    readonly database: Client,
    readonly lines: readonly string[],
    private readonly contract: OpenApiAnswers,
  ) {}

  static async open(more: Readonly<Record<string, string>> = {}): Promise<IncidentDesk> {
    const lines: string[] = [];
    const env = {
      SANDBOX: 'on',
      AUTH: 'on',
      BOOTSTRAP_API_KEY: adminKey,
      RECONCILE_DELAYS: '1',
      STATUS_POLL_SECONDS: '1',
      DEFAULT_WAIT_SECONDS: '3',
      ...more,
    };
    const gateway = await startGateway(env, (line) => lines.push(line));
    const database = new Client({ connectionString: gateway.databaseUrl });
    await database.connect();
    const desk = new IncidentDesk(gateway, database, lines, await openApiAnswers(gateway.url));
    // Where a portal keeps run ids, its lost starts are found by them.
    const { headers } = await desk.get('GET /v1/connections/{key}', '/v1/connections/sandbox-bitrix24');
    const ifMatch = { 'if-match': headers.get('etag') ?? '' };
    await desk.ask('PATCH', '/v1/connections/{key}', '/v1/connections/sandbox-bitrix24', { runIds: 'off' }, ifMatch);
    return desk;
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.gateway.close();
  }

  async ask(
    method: string,
    route: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const answer = await fetch(`${this.gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = await this.contract.body(`${method} ${route}`, answer);
    return { status: answer.status, headers: answer.headers, body: bodyOf(read) };
  }

  get(route: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('GET', route.replace('GET ', ''), path, undefined, headers);
  }

  post(route: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('POST', route, path, body, headers);
  }

  async process(id: string): Promise<Body> {
    return (await this.get('GET /v1/processes/{id}', `/v1/processes/${id}`)).body;
  }

  async history(id: string): Promise<readonly Body[]> {
    const { body } = await this.get('GET /v1/processes/{id}/history', `/v1/processes/${id}/history`);
    return Array.isArray(body['items']) ? body['items'].map(bodyOf) : [];
  }

  start(fields: Body, key = newKey()): Promise<Answer> {
    return this.post('/v1/processes', '/v1/processes', fields, { 'idempotency-key': key });
  }

  /** A start that never began, and whose caller cannot know. @returns its id and its key */
  async lost(
    definition = '7',
    more: Body = {},
  ): Promise<{ readonly id: string; readonly key: string; readonly fields: Body }> {
    const key = newKey();
    const fields = { ...workflow(definition), onIndeterminate: 'continue', ...more };
    const { body } = await this.start(fields, key);
    if (body['state'] !== 'indeterminate') throw new Error(`It is ${JSON.stringify(body)}`);
    return { id: String(body['id']), key, fields };
  }

  /** The incident of a process, once it is open. */
  incidentOf(processId: string): Promise<Seen> {
    return until(
      async () => {
        const { body } = await this.get('GET /v1/incidents', '/v1/incidents?state=open&limit=200');
        const items = Array.isArray(body['items']) ? body['items'].map(bodyOf) : [];
        const found = items.find((incident) => incident['processId'] === processId);
        return found && this.incident(String(found['id']));
      },
      `the incident of ${processId}`,
      20_000,
    );
  }

  async incident(id: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    const answer = await this.get('GET /v1/incidents/{id}', `/v1/incidents/${id}`, headers);
    return { id, etag: answer.headers.get('etag') ?? '', body: answer.body };
  }

  resolve(
    { id, etag }: Pick<Seen, 'id' | 'etag'>,
    body: Body,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const all = { 'if-match': etag, 'idempotency-key': newKey(), ...headers };
    return this.post('/v1/incidents/{id}/resolve', `/v1/incidents/${id}/resolve`, { reason: 'looked', ...body }, all);
  }

  closeProcess(id: string, as: string, key = newKey()): Promise<Answer> {
    const body = { as, reason: 'looked' };
    return this.post('/v1/processes/{id}/close', `/v1/processes/${id}/close`, body, { 'idempotency-key': key });
  }

  /** Lets the longest life of everything that was sent for a process be over. */
  async letLifeEnd(processId: string): Promise<void> {
    await this.database.query("update attempts set sent_at = sent_at - interval '1 hour' where process_id = $1", [
      processId,
    ]);
  }

  /** A client with these scopes; its key as a header. */
  async client(settings: Body): Promise<Readonly<Record<string, string>>> {
    const { body } = await this.post('/v1/clients', '/v1/clients', { name: newKey(), ...settings });
    return { authorization: `Bearer ${String(body['key'])}` };
  }

  /** How many requests of a start the simulated portal has received. */
  async startsReceived(): Promise<number> {
    const { body } = await this.get('GET /v1/connections/{key}', '/v1/connections/sandbox-bitrix24');
    const answer = await fetch(`${String(body['baseUrl'])}/_sandbox/requests`);
    const requests: unknown = await answer.json();
    return Array.isArray(requests) ? requests.map(bodyOf).filter(({ operation }) => operation === 'start').length : -1;
  }
}

/** A start of a simulated workflow. */
export function workflow(definition: string): Body {
  const variables = definition === '1' ? { Parameter1: 'user_1' } : {};
  return { connection: 'sandbox-bitrix24', definition, subject: { type: 'crm.lead', id: '1' }, variables };
}

function bodyOf(read: unknown): Body {
  return typeof read === 'object' && read !== null ? Object.fromEntries(Object.entries(read)) : {};
}
