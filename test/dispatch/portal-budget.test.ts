import type { BudgetAsk, BudgetGrant, BudgetLevel, BudgetStore } from '../../src/connections/budget.store.js';
import { meteredExchange } from '../../src/dispatch/metered-exchange.js';
import type { Denied } from '../../src/dispatch/budget-turns.js';
import type { PortalBudget, Token } from '../../src/dispatch/portal-budget.js';
import { PortalBudgets } from '../../src/dispatch/portal-budgets.js';
import { NotSent, type Exchange } from '../../src/lib/exchange.js';
import { aPortal } from './engine.js';

const url = 'https://sales.example/rest/1/s/method.json';

/** A bucket that does not leak; it tells how it was asked. */
class Bucket implements BudgetStore {
  readonly asked: BudgetAsk[] = [];
  readonly closed: [forMs: number | null][] = [];
  level_ = 0;

  async reserve(ask: BudgetAsk): Promise<BudgetGrant> {
    this.asked.push(ask);
    await new Promise(setImmediate);
    const granted = Math.max(0, Math.min(ask.count, Math.floor(ask.ceiling - this.level_)));
    this.level_ += granted;
    return { granted, waitMs: granted === ask.count ? 0 : 500, level: this.level_ };
  }
  async close(_portal: string, _burst: number, forMs: number | null): Promise<void> {
    this.closed.push([forMs]);
  }
  async level(): Promise<BudgetLevel> {
    return { level: this.level_, closedMs: 0 };
  }
}

interface Room {
  readonly bucket: Bucket;
  readonly budgets: PortalBudgets;
  readonly budget: PortalBudget;
  readonly clock: { ms: number };
}

function room(limits: { requestsPerSecond: number | null; burst: number } = { requestsPerSecond: 2, burst: 50 }): Room {
  const bucket = new Bucket();
  const clock = { ms: 0 };
  const budgets = new PortalBudgets({ store: bucket, clock: { now: () => new Date() }, now: () => clock.ms });
  return { bucket, budgets, budget: budgets.know(aPortal({ limits }).connection), clock };
}

async function token(budget: PortalBudget, kind: 'start' | 'command' = 'start'): Promise<Token> {
  const taken = await budget.take(kind);
  if (!('release' in taken)) throw new Error(`It has to wait ${taken.waitMs} ms`);
  return taken;
}

function isDenied(taken: Token | Denied): taken is Denied {
  return 'waitMs' in taken;
}

describe('the budget of a portal', () => {
  it('asks once for all who ask at the same time', async () => {
    const { bucket, budget } = room();
    await Promise.all([token(budget), ...Array.from({ length: 9 }, () => token(budget))]);

    // The first is on its way when the others come.
    expect(bucket.asked.map(({ count }) => count)).toEqual([1, 9]);
  });

  it('reserves as much as it used in the last second, and gives that without asking', async () => {
    const { bucket, budget, clock } = room();
    await Promise.all(Array.from({ length: 10 }, () => token(budget)));
    for (let time = 0; time < 10; time += 1) await token(budget);
    expect(bucket.asked.map(({ count }) => count)).toEqual([1, 9, 10]);

    clock.ms += 5000;
    await token(budget);
    expect(bucket.asked.at(-1)?.count).toBe(1);
  });

  it('does not use a reservation that is older than it may be', async () => {
    const { bucket, budget, clock } = room();
    await budget.refill(3);
    expect(budget.inMemory).toBe(3);
    clock.ms += 1001;

    expect(budget.inMemory).toBe(0);
    await token(budget);
    expect(bucket.asked).toHaveLength(2);
  });

  it('asks nobody where nothing limits the portal', async () => {
    const { bucket, budget } = room({ requestsPerSecond: null, burst: 50 });
    for (let time = 0; time < 100; time += 1) await token(budget);

    expect(bucket.asked).toEqual([]);
  });

  it('leaves room for commands when starts have none', async () => {
    const { budget } = room();
    let starts = 0;
    for (; !isDenied(await budget.take('start')); starts += 1);

    expect(starts).toBeGreaterThanOrEqual(45);
    expect(isDenied(await budget.take('command'))).toBe(false);
  });

  it('does not ask again before there can be room', async () => {
    const { bucket, budget, clock } = room({ requestsPerSecond: 1, burst: 1 });
    await token(budget);
    await budget.take('start');
    const asked = bucket.asked.length;
    expect(await budget.take('start')).toEqual({ waitMs: 500 });
    expect(bucket.asked).toHaveLength(asked);

    clock.ms += 500;
    await budget.take('start');
    expect(bucket.asked).toHaveLength(asked + 1);
  });

  it('is closed for every kind when the portal refuses for its limit', async () => {
    const { bucket, budget } = room();
    await budget.refill(5);
    await budget.close(3000);

    expect(bucket.closed).toEqual([[3000]]);
    expect(await budget.take('command')).toEqual({ waitMs: 3000 });
    expect(await budget.take('start')).toEqual({ waitMs: 3000 });
  });

  it('is closed also where nothing else limits the portal', async () => {
    const { budget, clock } = room({ requestsPerSecond: null, burst: 50 });
    await budget.close(3000);
    expect(await budget.take('start')).toEqual({ waitMs: 3000 });
    expect(budget.inMemory).toBe(0);
    clock.ms = 3000;

    expect(isDenied(await budget.take('start'))).toBe(false);
  });

  it('is one for all connections to a host', () => {
    const { budgets, budget } = room();
    const other = aPortal({ key: 'other' });

    expect(budgets.know(other.connection)).toBe(budget);
    expect(budgets.at(url)).toBe(budget);
    expect(budgets.at('https://else.example/')).toBeNull();
  });
});

describe('a request to a portal', () => {
  const answer = { status: 200, headers: {}, body: '' };
  const request = { method: 'POST', url, headers: {}, body: null } as const;
  const send: Exchange = async () => answer;
  const command = { signal: new AbortController().signal, mayWrite: () => true };
  const read = { signal: new AbortController().signal };

  it('is paid by the place that it was given', async () => {
    const { bucket, budgets, budget } = room();
    const place = await token(budget, 'command');
    await meteredExchange(send, budgets)(request, command);
    place.release();

    expect(bucket.level_).toBe(1);
    expect(budget.inMemory).toBe(0);
  });

  it('costs nothing where it was not sent', async () => {
    const { bucket, budget } = room();
    (await token(budget)).release();
    await token(budget);

    expect(bucket.level_).toBe(1);
  });

  it('is paid when it goes out, whoever sends it and however often', async () => {
    const { bucket, budgets, budget } = room();
    const place = await token(budget);
    const metered = meteredExchange(send, budgets);
    await metered(request, command);
    await metered(request, command);
    await metered(request, read);
    place.release();

    expect(bucket.level_).toBe(3);
  });

  it('is no matter of the budget where it goes elsewhere', async () => {
    const { bucket, budgets } = room();
    await meteredExchange(send, budgets)({ ...request, url: 'https://oauth.example/token' }, read);

    expect(bucket.asked).toEqual([]);
  });

  it('is not sent where there is no room in time', async () => {
    const { bucket, budgets } = room({ requestsPerSecond: 1, burst: 1 });
    bucket.level_ = 1;
    let sent = false;
    const metered = meteredExchange(async () => {
      sent = true;
      return answer;
    }, budgets);
    const waited = metered(request, { signal: AbortSignal.timeout(50) });

    await expect(waited).rejects.toThrow(NotSent);
    await expect(waited).rejects.toMatchObject({ because: 'unpaid' });
    expect(sent).toBe(false);
  });
});
