import axios, { type AxiosResponse } from 'axios';
import {
  AnswerLost,
  NotSent,
  type Exchange,
  type ExchangeLimits,
  type HttpAnswer,
  type HttpRequest,
} from './exchange.js';
import { guardedAgents } from './guarded-agent.js';

/** Where outbound calls may go. */
export interface EgressRules {
  /** CIDRs that may be reached although private. */
  readonly allow: readonly string[];
  /** Whether plain `http:` is permitted. */
  readonly http: boolean;
  /** Loopback ports of our own that are always permitted, also by `http:`. */
  readonly ownPorts: readonly number[];
}
export const EgressRules = Symbol('EgressRules');

const maxAnswerBytes = 32 * 1024 * 1024;
const loopback = ['127.0.0.1', '::1'];

/**
 * Why this URL must not be dialled, in words for the person who wrote it; `null`: its form is fine.
 * Addresses behind names are checked at each dial.
 */
export function egressFault(text: string, rules: EgressRules): string | null {
  if (!URL.canParse(text)) return 'This is not an absolute URL, e.g. https://portal.example.com.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only https: URLs can be called.';
  if (url.username !== '' || url.password !== '') return 'Leave user name and password out of the URL.';
  if (url.protocol === 'http:' && !rules.http && !isOwn(url, rules)) {
    return 'Plain http: is not permitted; use https:, or set EGRESS_HTTP=on where the network is trusted.';
  }
  return null;
}

/** Makes the one way out: axios over agents that check every address they dial. */
export function guardedExchange(rules: EgressRules): Exchange {
  const kept = {
    own: guardedAgents({ allowIPAddressList: [...rules.allow, ...loopback], keepAlive: true }),
    other: guardedAgents({ allowIPAddressList: [...rules.allow], keepAlive: true }),
  };
  return async (request, limits) => {
    const fault = egressFault(request.url, rules);
    if (fault !== null) throw new NotSent('denied', fault);
    const own = isOwn(new URL(request.url), rules);
    if (!limits.mayWrite) return send(request, limits, own ? kept.own : kept.other, () => true);
    let handedOver = false;
    // A fresh socket for what must not be sent twice: a kept one may have been closed by the peer, and a reset on it
    // says nothing about whether the request arrived.
    const fresh = guardedAgents({
      allowIPAddressList: own ? [...rules.allow, ...loopback] : [...rules.allow],
      mayWrite: limits.mayWrite,
      onHandedOver: () => (handedOver = true),
    });
    return send(request, limits, fresh, () => handedOver);
  };
}

function isOwn(url: URL, rules: EgressRules): boolean {
  return loopback.includes(url.hostname.replace(/^\[|\]$/g, '')) && rules.ownPorts.includes(Number(url.port));
}

async function send(
  request: HttpRequest,
  limits: ExchangeLimits,
  agents: ReturnType<typeof guardedAgents>,
  mayHaveLeft: () => boolean,
): Promise<HttpAnswer> {
  try {
    const answer: AxiosResponse<Buffer> = await axios.request({
      method: request.method,
      url: request.url,
      headers: { 'user-agent': 'bpm-gateway', 'accept-encoding': 'gzip, br', ...request.headers },
      ...(request.body === null ? {} : { data: request.body }),
      adapter: 'http',
      httpAgent: agents.http,
      httpsAgent: agents.https,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      maxBodyLength: maxAnswerBytes,
      responseType: 'arraybuffer',
      signal: limits.signal,
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
    });
    return { status: answer.status, headers: headersOf(answer), body: answer.data.toString('utf8') };
  } catch (error) {
    throw rebuilt(error, limits, mayHaveLeft());
  }
}

function headersOf(answer: AxiosResponse): HttpAnswer['headers'] {
  const given: [string, unknown][] = Object.entries(answer.headers);
  return Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), headerIn(value)] as const));
}

function headerIn(value: unknown): string | readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

// Never passes the library's error on: it carries the URL, the headers and the body, and with them every secret.
function rebuilt(error: unknown, limits: ExchangeLimits, mayHaveLeft: boolean): NotSent | AnswerLost {
  const cause = error instanceof Error && error.cause instanceof NotSent ? error.cause : error;
  if (cause instanceof NotSent) return cause;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  if (!mayHaveLeft) return new NotSent(limits.signal.aborted ? 'late' : 'unreachable', `Nothing was sent: ${code}`);
  return new AnswerLost(
    limits.signal.aborted ? 'No complete answer within the time limit' : `No complete answer: ${code}`,
  );
}
