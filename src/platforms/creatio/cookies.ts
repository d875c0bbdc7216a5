import { CookieJar } from 'tough-cookie';
import type { HttpAnswer } from '../../lib/exchange.js';

/** The cookies of one session, taken from every answer that it gets. */
export class Cookies {
  readonly #jar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false });

  /** What a request to this URL carries. */
  headers(url: string): Readonly<Record<string, string>> {
    // The token must equal the cookie byte for byte, and some builds may ask for it on a GET too.
    const token = this.#jar.getCookiesSync(url).find(({ key }) => key === 'BPMCSRF');
    return { cookie: this.#jar.getCookieStringSync(url), ...(token ? { BPMCSRF: token.value } : {}) };
  }

  learn(url: string, { headers }: HttpAnswer): void {
    const cookies = headers['set-cookie'] ?? [];
    for (const cookie of typeof cookies === 'string' ? [cookies] : cookies)
      this.#jar.setCookieSync(cookie, url, { ignoreError: true });
  }

  isEmpty(url: string): boolean {
    return this.#jar.getCookiesSync(url).length === 0;
  }
}
