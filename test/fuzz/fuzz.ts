import { Agent } from 'node:http';
import { sample } from 'fast-check';
import { readDocument } from './document.js';
import { judgeOf } from './judge.js';
import { KnownIds } from './known-ids.js';
import { requestsOf, type FuzzedRequest } from './requests.js';
import { filledIn, send, type SentRequest } from './send.js';

/** What a gateway is asked, and how much. */
export interface FuzzPlan {
  readonly url: string;
  readonly key: string;
  readonly requests: number;
  readonly seed: number;
  /** How many requests are under way at once. */
  readonly atATime: number;
  /** Told after each round with the number of requests so far. */
  readonly onRound?: (sent: number) => Promise<void>;
}

/** A kind of fault, with the first request that showed it. */
export interface FuzzFault {
  readonly what: string;
  readonly example: string;
  times: number;
}

export interface FuzzFigures {
  readonly sent: number;
  readonly byStatus: ReadonlyMap<number, number>;
  /** Operations that nothing but refusals came of. */
  readonly neverDone: readonly string[];
  readonly faults: readonly FuzzFault[];
}

const aRound = 10;

/** Asks every route of the contract by every method, and judges each answer by the contract. */
export async function fuzz({ url, key, requests, seed, atATime, onRound }: FuzzPlan): Promise<FuzzFigures> {
  const document = await readDocument(url);
  const judge = await judgeOf(url, document);
  const ids = new KnownIds();
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  const arbitraries = document.operations.map((operation) => ({
    operation,
    requests: requestsOf(document, operation),
  }));
  const faults = new Map<string, FuzzFault>();
  const byStatus = new Map<number, number>();
  const done = new Set<string>();
  const ask = async (fuzzed: FuzzedRequest): Promise<void> => {
    const asked = filledIn(fuzzed, ids, key);
    const at = `${fuzzed.operation.name} by ${fuzzed.method}`;
    try {
      const answer = await send(url, agent, asked);
      byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
      if (answer.status < 300 && fuzzed.method === fuzzed.operation.method) done.add(fuzzed.operation.name);
      if (answer.status < 300) ids.learn(fuzzed.operation.path, parsed(answer.body), answer.headers);
      const fault = judge(asked, answer);
      if (fault !== null)
        note(
          faults,
          `${at}: ${fault}`,
          `${shown(asked)}\n  → ${answer.status} ${answer.body.toString('utf8').slice(0, 450)}`,
        );
    } catch (error) {
      note(faults, `${at}: ${String(error)}`, shown(asked));
    }
  };
  let sent = 0;
  for (let round = 0; sent < requests; round += 1) {
    const drawn = arbitraries.flatMap((one, at) =>
      sample(one.requests, { numRuns: aRound, seed: seed + round * 1000 + at }),
    );
    const mixed = drawn
      .map((fuzzed, at) => ({ fuzzed, at: (at * 7919) % drawn.length }))
      .toSorted((one, other) => one.at - other.at);
    const left = mixed.slice(0, requests - sent).values();
    sent += Math.min(mixed.length, requests - sent);
    await Promise.all(
      Array.from({ length: atATime }, async () => {
        for (const { fuzzed } of left) await ask(fuzzed);
      }),
    );
    await onRound?.(sent);
  }
  agent.destroy();
  const neverDone = document.operations.map(({ name }) => name).filter((name) => !done.has(name));
  return { sent, byStatus, neverDone, faults: [...faults.values()].toSorted((one, other) => other.times - one.times) };
}

function note(faults: Map<string, FuzzFault>, what: string, example: string): void {
  const known = faults.get(what);
  if (known) known.times += 1;
  else faults.set(what, { what, example, times: 1 });
}

function shown({ method, target, headers, body }: SentRequest): string {
  return `${method} ${target.replaceAll(/(.)\1{30,}/g, '$1…').slice(0, 200)} ${JSON.stringify(headers)
    .replaceAll(/(.)\1{30,}/g, '$1…')
    .slice(0, 300)} ${
    body
      ?.toString('latin1')
      .replaceAll(/(.)\1{30,}/g, '$1…')
      .slice(0, 300) ?? ''
  }`;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
