import type { Exchange, HttpAnswer } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import { aheadMsByDate } from '../clock-ahead.js';
import { Busy } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Access } from './access.js';
import type { ReadySettings } from './connection.js';
import { closedDoor, type Purpose } from './creatio.refusals.js';
import type { Runtime } from './runtime.js';

/** Where the service of runs lies in the application. */
export const processEngine = '/ServiceModel/ProcessEngineService.svc';

/** One request of an instance, its path counted from the application's root, e.g. `/odata/SysProcessLog`. */
export interface CreatioRequest {
  readonly purpose: Purpose;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON text; `null`: none. */
  readonly body: string | null;
}

/** The way to one instance: one request per call, no retry, no redirect. */
export class CreatioClient {
  #clockAheadMs: number | null = null;

  constructor(
    private readonly runtime: Runtime,
    readonly settings: ReadySettings,
    private readonly access: Access,
    private readonly exchange: Exchange,
    private readonly now: () => number = Date.now,
  ) {}

  /** How much the instance's clock was ahead of ours at its last answer, in milliseconds; `null`: not told yet. */
  get clockAheadMs(): number | null {
    return this.#clockAheadMs;
  }

  /** See {@link Access}. */
  get requestsAtOnce(): number | null {
    return this.access.requestsAtOnce;
  }

  /** See {@link Access}. */
  get advice(): string | null {
    return this.access.advice;
  }

  signedIn(): boolean {
    return this.access.signedIn();
  }

  /** Signs in; before that, once, finds out where the runtime is not set which one it is. For errors see {@link Access}. */
  async signIn(call: Call): Promise<void> {
    await this.runtime.find(call);
    return this.access.signIn(call);
  }

  close(call: Call): Promise<void> {
    return this.access.close(call);
  }

  /** See {@link Runtime}. */
  urlOf(path: string): string {
    return this.runtime.urlOf(path);
  }

  /**
   * Sends one request and gives its complete answer, unless the answer shows that the operation was never reached.
   *
   * @throws Busy('sign_in')        no session, or it is void: sign in, then send again
   * @throws Busy('portal_closed')  no such service here
   * @throws Refused('permission')  a read that the technical user may not do
   * @throws Unreached              nothing was sent, also where every session was busy for too long
   * @throws InDoubt                sent, no complete answer
   */
  async send({ purpose, method, path, body }: CreatioRequest, call: Call): Promise<HttpAnswer> {
    const pass = await this.access.take(call);
    if (!pass) throw new Busy('sign_in', 'There is no session yet');
    const url = this.urlOf(path);
    try {
      const headers = { ...headersFor(body), ...pass.headers(url) };
      const sentAtMs = this.now();
      const answer = await ask(this.exchange, { method, url, headers, body }, call);
      this.#clockAheadMs = aheadMsByDate(answer, { sentAtMs, receivedAtMs: this.now() }) ?? this.#clockAheadMs;
      pass.learn(url, answer);
      const closed = closedDoor(answer, purpose, method);
      if (closed instanceof Busy && closed.because === 'sign_in') {
        pass.refused(answer.status === 403 ? 'forbidden' : 'void');
      }
      if (closed) throw closed;
      return answer;
    } finally {
      pass.done();
    }
  }

  /** Asks without a session whether the site is up. @throws Unreached, InDoubt */
  ping(call: Call): Promise<HttpAnswer> {
    const url = `${this.runtime.address}/api/HealthCheck/Ping`;
    return ask(this.exchange, { method: 'GET', url, headers: {}, body: null }, call);
  }
}

/** The headers that every request carries; `X-Requested-With` makes .NET answer 401 instead of a redirect. */
export function headersFor(body: string | null): Record<string, string> {
  return {
    accept: 'application/json',
    ForceUseSession: 'true',
    'X-Requested-With': 'XMLHttpRequest',
    ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
  };
}
