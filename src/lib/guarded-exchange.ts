import { AxiosHeaders, getAdapter, type AxiosResponse } from 'axios';
import {
  AnswerLost,
  NotSent,
  type Exchange,
  type ExchangeLimits,
  type HttpAnswer,
  type HttpRequest,
} from './exchange.js';
import { agentsOfCommands, agentsOfReads } from './guarded-agent.js';
import { handedOnce, type Way } from './handed-once.js';
import { resolveByName, type Resolve } from './egress-address.js';
import { remembered } from './remembered.js';
import { dialling, egressFault, type EgressRules } from './egress-rules.js';

/**
 * What axios sends with. Its own request around that merges settings and runs interceptors and transformers that are the same,
 * or none, for each of ours.
 */
const byHttp = getAdapter('http');

const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * Makes the one way out: axios over agents that check every address they dial.
 *
 * @param resolve  asked once for each dial; the system's by default
 */
export function guardedExchange(rules: EgressRules, resolve: Resolve = resolveByName): Exchange {
  const mayDial = dialling(rules);
  const ofReads = agentsOfReads({ mayDial, resolve });
  const ofCommands = agentsOfCommands({ mayDial, resolve });
  // The form of an address says the same each time; where it leads is asked at every dial.
  const faultIn = remembered(1000, (url) => egressFault(url, rules) ?? 'none');
  return async (request, limits) => {
    const fault = faultIn(request.url);
    if (fault !== 'none') throw new NotSent('denied', fault);
    const { mayWrite } = limits;
    if (!mayWrite) return send(request, limits, { agents: ofReads, mayHaveLeft: () => true });
    return handedOnce(ofCommands, mayWrite, (way) => send(request, limits, way));
  };
}

async function send(request: HttpRequest, limits: ExchangeLimits, { agents, mayHaveLeft }: Way): Promise<HttpAnswer> {
  try {
    limits.signal.throwIfAborted();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- asked for as an array buffer, which is a Buffer here
    const answer = (await byHttp({
      method: request.method,
      url: request.url,
      headers: new AxiosHeaders({ 'user-agent': 'bpm-gateway', 'accept-encoding': 'gzip, br', ...request.headers }),
      ...(request.body === null ? {} : { data: request.body }),
      httpAgent: agents.http,
      httpsAgent: agents.https,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      maxBodyLength: maxAnswerBytes,
      responseType: 'arraybuffer',
      signal: limits.signal,
    })) as AxiosResponse<Buffer>;
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
