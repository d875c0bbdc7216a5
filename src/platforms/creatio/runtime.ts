import type { Exchange } from '../../lib/exchange.js';
import { ask } from '../ask.js';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { ReadySettings } from './connection.js';

/** Which host an instance runs on: that decides where its application lies, and how many requests a session takes. */
export class Runtime {
  #host: ReadySettings['runtime'];

  /** @param address  of the instance, without a trailing slash */
  constructor(
    readonly address: string,
    set: ReadySettings['runtime'],
    private readonly exchange: Exchange,
  ) {
    this.#host = set;
  }

  /** False also until it is known: what .NET Framework needs does no harm on .NET. */
  get isNet(): boolean {
    return this.#host === 'net';
  }

  /** The full URL of a path of the application, which lies under `/0` on .NET Framework. */
  urlOf(path: string): string {
    return `${this.address}${this.isNet ? '' : '/0'}${path}`;
  }

  /**
   * Finds it out where it is neither set nor known: one anonymous GET. Only .NET serves this page; .NET Framework answers
   * 404 (clio, measured). Of a site that fails nothing is learnt: the sign-in that follows will tell, the next one asks again.
   *
   * @throws Unreached
   */
  async find({ signal }: Call): Promise<void> {
    if (this.#host !== 'auto') return;
    const url = `${this.address}/Login/Login.html`;
    try {
      const { status } = await ask(this.exchange, { method: 'GET', url, headers: {}, body: null }, { signal });
      if (status < 500 && status !== 429) this.#host = status === 200 ? 'net' : 'netframework';
    } catch (error) {
      if (!(error instanceof InDoubt)) throw error;
    }
  }
}
