import type { OpenApiAnswers } from '../openapi-answers.js';
import type { RouteCall, Things } from './calls.js';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Everything that the caller wrote. */
  readonly asked: string;
}

/** Differ from answer to answer, or are the same on all, and tell nothing. */
const idle =
  /^(date|connection|keep-alive|content-length|traceparent|idempotency-key|content-security-policy|referrer-policy|x-.*|.*origin-.*)$/;

/** Calls a route and holds the answer against the contract, where that is given. */
export async function call(
  base: { readonly url: string; readonly contract: OpenApiAnswers },
  route: string,
  { path, body, headers, isForm }: RouteCall,
  { things, key }: { readonly things: Things; readonly key: Readonly<Record<string, string>> },
): Promise<Answered> {
  const method = route.split(' ')[0] ?? '';
  const written = body?.(things);
  const sent = typeof written === 'string' || written === undefined ? written : JSON.stringify(written);
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const all = { ...key, ...headers?.(things), ...(sent === undefined ? {} : { 'content-type': type }) };
  const answer = await fetch(base.url + path(things), {
    method,
    headers: { 'idempotency-key': `walk-${(last += 1)}`, ...all },
    ...(sent === undefined ? {} : { body: sent }),
    redirect: 'manual',
  });
  const text = await answer.clone().text();
  await base.contract.body(route, answer);
  return { status: answer.status, headers: answer.headers, text, asked: `${path(things)} ${sent ?? ''}` };
}

let last = 0;

/** Which of the secrets stand in an answer, in its body or its headers, other than those that its caller wrote. */
export function leaksIn({ headers, text, asked }: Answered, secrets: readonly string[]): readonly string[] {
  const all = `${text} ${[...headers].join(' ')}`;
  return secrets.filter((secret) => all.includes(secret) && !decodeURIComponent(asked).includes(secret));
}

/** An answer with the names of things blotted out, so that two can be compared that are about different things. */
export function blotted({ status, headers, text }: Answered, things: Things): string {
  const kept = [...headers].filter(([name]) => !idle.test(name)).map((header) => header.join(': '));
  const names = Object.entries(things).toSorted(([, one], [, other]) => other.length - one.length);
  const shown = [status, ...kept, text.replace(/"traceId":"[\da-f]{32}"/, '')].join('\n');
  return names.reduce((rest, [name, value]) => {
    // A short one may stand anywhere by chance.
    if (value.length < 4) return rest.replaceAll(new RegExp(`(?<=["/])${value}(?=["\\\\])`, 'g'), `<${name}>`);
    return rest.replaceAll(value, `<${name}>`).replaceAll(encodeURIComponent(value), `<${name}>`);
  }, shown);
}
