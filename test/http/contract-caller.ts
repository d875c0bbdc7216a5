import { openApiAnswers, type OpenApiAnswers } from '../openapi-answers.js';

export interface CallOptions {
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of another client than the administrator. */
  readonly key?: string;
}

/** An answer that the contract describes. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Calls a gateway as its administrator, and holds every answer against the contract. */
export class ContractCaller {
  private constructor(
    private readonly url: string,
    private readonly answers: OpenApiAnswers,
    private readonly adminKey: string,
  ) {}

  static async of(url: string, adminKey: string): Promise<ContractCaller> {
    return new ContractCaller(url, await openApiAnswers(url), adminKey);
  }

  /** A call to a route with one parameter: `ask('GET', '/connections/{key}?limit=1', 'sales')`. */
  async ask(method: string, route: string, parameter = '', options: CallOptions = {}): Promise<Answered> {
    const [path = '', query] = route.split('?');
    const address = path.replace(/\{\w+\}/, encodeURIComponent(parameter)) + (query === undefined ? '' : `?${query}`);
    return this.askAt(method, path, address, options);
  }

  /** As `ask`, at an address that the route describes. */
  async askAt(method: string, route: string, address: string, options: CallOptions = {}): Promise<Answered> {
    const { body, ifMatch, headers: more = {}, key = this.adminKey } = options;
    const answer = await fetch(`${this.url}/v1${address}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = answer;
    return { status, headers, body: await this.answers.body(`${method} /v1${route}`, answer) };
  }
}
