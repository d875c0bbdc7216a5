import type { Exchange, HttpAnswer, HttpRequest } from './exchange.js';
import type { SecretValues } from './secret-values.js';

/** Headers whose values let somebody act for us. */
const telling = /authorization|cookie|token|csrf|secret|api-?key/i;
/** What stands around the secret in such a header: its scheme, the names of cookies, their attributes. */
const parts = /[\s;,=]+/;
/** Sessions and tokens are longer than the words beside them. */
const shortest = 12;

/** The one way out that remembers every session and token that passes, so that no line and no error can show it. */
export function learningExchange(exchange: Exchange, secrets: SecretValues): Exchange {
  return async (request, limits) => {
    learn(request.headers, secrets);
    const answer = await exchange(request, limits);
    learn(answer.headers, secrets);
    return answer;
  };
}

function learn(headers: HttpRequest['headers'] | HttpAnswer['headers'], secrets: SecretValues): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !telling.test(name)) continue;
    for (const one of typeof value === 'string' ? [value] : value) {
      // Attributes of a cookie are no secrets, its path and times among them.
      const said = name === 'set-cookie' ? one.split(';', 1)[0] : one;
      for (const part of said?.split(parts) ?? []) if (part.length >= shortest) secrets.add(part);
    }
  }
}
