import type { Readable } from 'node:stream';
import { AxiosHeaders, getAdapter, type AxiosResponse } from 'axios';
import { resolveByName, type Resolve } from './egress-address.js';
import { dialling, egressFault, type EgressRules } from './egress-rules.js';
import { NotSent } from './exchange.js';
import { agentsOfCommands, type Agents } from './guarded-agent.js';
import { handedOnce } from './handed-once.js';

/** What a receiver answered, as far as it counts. */
export interface Received {
  readonly status: number;
  /** For how long it asks to be left alone; `null`: it does not. */
  readonly retryAfterSeconds: number | null;
}

/** A message for somebody whose answer is nothing but a status. */
export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts a message: no redirect, a second time only where nothing of it had left, and of the answer nothing is kept but its
 * status.
 *
 * @throws Error  in words for people and without the address: it was not sent, or no answer came
 */
export type Post = (posting: Posting, signal: AbortSignal) => Promise<Received>;
export const Post = Symbol('Post');

const byHttp = getAdapter('http');

/** Read so that the connection can be used again; a longer answer is cut off. */
const mostReadBytes = 4096;

/**
 * Makes the way out for messages, over agents that check every address they dial and reuse no old socket.
 *
 * @param resolve  asked once for each dial; the system's by default
 */
export function guardedPost(rules: EgressRules, resolve: Resolve = resolveByName): Post {
  const agentsOf = agentsOfCommands({ mayDial: dialling(rules), resolve });
  return async (posting, signal) => {
    const fault = egressFault(posting.url, rules);
    if (fault !== null) throw new NotSent('denied', fault);
    try {
      return await handedOnce(
        agentsOf,
        () => true,
        ({ agents }) => posted(posting, agents, signal),
      );
    } catch (error) {
      throw rebuilt(error, signal);
    }
  };
}

async function posted({ url, headers, body }: Posting, agents: Agents, signal: AbortSignal): Promise<Received> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- asked for as a stream
  const answer = (await byHttp({
    method: 'POST',
    url,
    headers: new AxiosHeaders({ 'user-agent': 'bpm-gateway', ...headers }),
    data: body,
    httpAgent: agents.http,
    httpsAgent: agents.https,
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    signal,
  })) as AxiosResponse<Readable>;
  leave(answer.data, signal);
  return { status: answer.status, retryAfterSeconds: secondsIn(answer.headers['retry-after'], Date.now()) };
}

/** A number of seconds, or a date (RFC 9110, 10.2.3). */
function secondsIn(retryAfter: unknown, nowMs: number): number | null {
  if (typeof retryAfter !== 'string') return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const atMs = Date.parse(retryAfter);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** Lets a short answer come to its end, so that its socket can be used again. */
function leave(body: Readable, signal: AbortSignal): void {
  let bytes = 0;
  body.on('error', () => {});
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostReadBytes) body.destroy();
  });
  signal.addEventListener('abort', () => body.destroy(), { once: true });
}

// Never passes the library's error on: it carries the address and what was sent.
function rebuilt(error: unknown, signal: AbortSignal): Error {
  const notSent = error instanceof Error && error.cause instanceof NotSent ? error.cause : error;
  if (notSent instanceof NotSent) return new Error(notSent.because === 'denied' ? deniedWords : notSent.message);
  if (signal.aborted) return new Error('No answer within the time limit.');
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  return new Error(`No complete answer: ${code}.`);
}

const deniedWords = 'The address must not be called: EGRESS_ALLOW, EGRESS_HTTP and the ports of the gateway decide.';
