import { Agent, request } from 'node:http';
import type { FuzzedRequest } from './requests.js';
import type { KnownIds } from './known-ids.js';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** A request with everything filled in, as it goes over the wire. */
export interface SentRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** Fills in what is known, and the key of the caller unless another one is tried. */
export function filledIn(fuzzed: FuzzedRequest, ids: KnownIds, key: string): SentRequest {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  for (const [name, value] of fuzzed.headers) headers[name] = ids.filled(value, fuzzed);
  const body = fuzzed.body === null ? null : withIds(fuzzed.body, (text) => ids.filled(text, fuzzed));
  if (body !== null) headers['content-length'] = String(body.length);
  return { method: fuzzed.method, target: ids.filled(fuzzed.target, fuzzed), headers, body };
}

function withIds(body: Buffer, filled: (text: string) => string): Buffer {
  return body.includes('"{') ? Buffer.from(filled(body.toString('latin1')), 'latin1') : body;
}

/** @throws Error  no whole answer came, or none within a minute */
export async function send(url: string, agent: Agent, { body, ...sent }: SentRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const call = request(
      { hostname, port, agent, path: sent.target, method: sent.method, headers: sent.headers, timeout: 60_000 },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error('No answer within a minute')));
    call.on('error', (error) => reject(error));
    call.end(body ?? undefined);
  });
}
