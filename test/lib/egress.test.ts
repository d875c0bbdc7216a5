import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resolve } from '../../src/lib/egress-address.js';
import type { EgressRules } from '../../src/lib/egress-rules.js';
import { AnswerLost, NotSent, type Exchange } from '../../src/lib/exchange.js';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import { countingListener, type CountingListener } from './counting-listener.js';
import { inwardNames, inwardUrls } from './inward-spellings.js';

const rules: EgressRules = { allow: [], http: true, ownPorts: [] };
const known: Resolve = async (host) => inwardNames[host] ?? [];

let listener: CountingListener;
beforeAll(async () => {
  listener = await countingListener();
});
afterAll(() => listener.close());

/** What came of one request there: why nothing was sent, or that something was. */
async function outcomeOf(exchange: Exchange, url: string, mayWrite?: () => boolean): Promise<string> {
  const signal = AbortSignal.timeout(1000);
  try {
    await exchange({ method: 'GET', url, headers: {}, body: null }, { signal, ...(mayWrite ? { mayWrite } : {}) });
    return 'answered';
  } catch (error) {
    if (error instanceof NotSent) return error.because;
    return error instanceof AnswerLost ? 'sent' : String(error);
  }
}

async function outcomesOf(exchange: Exchange, urls: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>();
  for (const url of urls) outcomes.set(url, await outcomeOf(exchange, url));
  return outcomes;
}

describe('an address that points inward, in whatever spelling', () => {
  it('gets no packet', async () => {
    const urls = inwardUrls(listener.port);
    const before = listener.count;

    const outcomes = await outcomesOf(guardedExchange(rules, known), urls);

    expect(new Set(urls).size).toBeGreaterThan(300);
    expect(listener.count - before).toBe(0);
    expect([...outcomes].filter(([, outcome]) => !['denied', 'unreachable'].includes(outcome))).toEqual([]);
  });

  it('would get one of most of them where loopback is allowed, which is what makes the count above one', async () => {
    const open = { ...rules, allow: ['127.0.0.0/8', '::1', '::ffff:127.0.0.0/104'] };
    const before = listener.count;
    await outcomesOf(guardedExchange(open, known), inwardUrls(listener.port));
    expect(listener.count - before).toBeGreaterThan(100);
  });
});

describe('addresses that no setting opens', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.170.2/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://[fe80::1]/',
  ])('%s', async (url) => {
    const open = guardedExchange({ ...rules, allow: ['0.0.0.0/0', '::/0'] }, known);
    expect(await outcomeOf(open, url)).toBe('denied');
  });

  it('our own door and database, on every address of this machine', async () => {
    const closed = { ...rules, allow: ['127.0.0.0/8', '::1'], closedPorts: new Set([listener.port]) };
    const before = listener.count;
    for (const host of ['127.0.0.1', '127.8.8.8', '[::1]', 'a.portal.example', 'localhost']) {
      expect(await outcomeOf(guardedExchange(closed, known), `http://${host}:${listener.port}`)).toBe('denied');
    }
    expect(listener.count).toBe(before);
  });

  it.each([25, 22, 0, 6667, 636])('a port of another service: %d', async (port) => {
    expect(await outcomeOf(guardedExchange(rules, known), `http://93.184.216.34:${port}/`)).toBe('denied');
  });
});

describe('a name that changes its answer', () => {
  it('gets no packet at the address that it did not have when it was looked at first', async () => {
    const before = listener.count;
    let asked = 0;
    const rebinding: Resolve = async () => [(asked += 1) === 1 ? '93.184.216.34' : '127.0.0.1'];
    expect(await rebinding('portal.example')).toEqual(['93.184.216.34']);

    expect(await outcomeOf(guardedExchange(rules, rebinding), `http://portal.example:${listener.port}`)).toBe('denied');

    expect(asked).toBe(2);
    expect(listener.count).toBe(before);
  });

  it.each([undefined, () => true])(
    'is asked once for each dial, and dialled where that answer leads',
    async (mayWrite) => {
      const before = listener.count;
      let asked = 0;
      const changing: Resolve = async () => [(asked += 1) === 1 ? '127.0.0.1' : '169.254.169.254'];
      const exchange = guardedExchange({ ...rules, allow: ['127.0.0.0/8'] }, changing);

      expect(await outcomeOf(exchange, `http://portal.example:${listener.port}`, mayWrite)).toBe('sent');

      expect(asked).toBe(1);
      expect(listener.count).toBe(before + 1);
    },
  );

  it('is not reached where it has no address at all', async () => {
    expect(
      await outcomeOf(
        guardedExchange(rules, async () => []),
        'http://portal.example/',
      ),
    ).toBe('unreachable');
  });
});

describe('a name with several addresses', () => {
  it.each([
    ['127.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '127.0.0.1'],
  ])('is not dialled at any where one is forbidden: %s, %s', async (...addresses) => {
    const before = listener.count;
    const exchange = guardedExchange({ ...rules, allow: ['127.0.0.0/8'] }, async () => addresses);
    expect(await outcomeOf(exchange, `http://portal.example:${listener.port}`)).toBe('denied');
    expect(listener.count).toBe(before);
  });
});
