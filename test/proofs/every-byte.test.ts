import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openAdapter, type ProofAdapter } from './adapter.js';
import type { Break } from './cutting-proxy.js';
import { executed, proofStarts, uniqueIn } from './starts.js';

/** A thousand starts in each fact. */
jest.setTimeout(180_000);

const atOnce = 8;
const breaks = ['reset', 'end'] as const;

describe.each(proofStarts)('the answer to the start of a $name', (start) => {
  let adapter: ProofAdapter;

  beforeAll(async () => {
    adapter = await openAdapter(start);
  });

  afterAll(async () => {
    await adapter?.close();
  });

  /** One start for each number of bytes, cut there; several side by side. */
  async function cutEverywhere(sizes: readonly number[], what: 'cut-answer' | 'cut-request', by: Break) {
    const left = [...sizes];
    const results: { unique: string; is: string; after: number }[] = [];
    const work = async (): Promise<void> => {
      for (let after = left.shift(); after !== undefined; after = left.shift()) {
        results.push({ ...(await adapter.start({ do: what, after, by })), after });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return results;
  }

  /** What the proxy saw of a start; the same start sent again would be there twice. */
  const seen = (unique: string) => adapter.proxy.exchanges.filter(({ request }) => uniqueIn(request) === unique);

  async function exchangeOf(): Promise<{ request: string; answer: string }> {
    const { unique } = await adapter.start({ do: 'pass' });
    const [exchange] = seen(unique);
    return { request: exchange?.request ?? '', answer: exchange?.answer ?? '' };
  }

  it.each(breaks)('is unknown when it is cut by a %s at any byte, and taken when it is whole', async (by) => {
    const { answer } = await exchangeOf();
    expect(answer.length).toBeGreaterThan(100);
    // Some answers are a few bytes longer than this one.
    const results = await cutEverywhere(upTo(answer.length + 4), 'cut-answer', by);
    const runs = countsOf(await executed(adapter.sandbox));

    for (const { unique, is, after } of results) {
      const sent = seen(unique);
      const isWhole = after >= (sent[0]?.answer?.length ?? 0);
      expect({ after, is, sent: sent.length, ran: runs.get(unique) }).toEqual({
        after,
        is: isWhole ? 'accepted' : 'unknown',
        sent: 1,
        ran: 1,
      });
    }
    expect(new Set(results.map(({ is }) => is))).toEqual(new Set(['accepted', 'unknown']));
  });

  it.each(breaks)('never comes when the request is cut by a %s, which is unknown and sent once', async (by) => {
    const { request } = await exchangeOf();
    const whole = request.length;
    const results = await cutEverywhere([0, 1, ...upTo(whole - 1, 16), whole - 1, whole], 'cut-request', by);
    const runs = countsOf(await executed(adapter.sandbox));

    for (const { unique, is, after } of results) {
      expect({ after, is, sent: seen(unique).length }).toEqual({ after, is: 'unknown', sent: 1 });
      expect(runs.get(unique) ?? 0).toBeLessThanOrEqual(after >= whole ? 1 : 0);
    }
  });
});

function upTo(last: number, step = 1): number[] {
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

function countsOf(uniques: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const unique of uniques) counts.set(unique, (counts.get(unique) ?? 0) + 1);
  return counts;
}
