import { setTimeout as passed } from 'node:timers/promises';
import { NotSent, type Exchange } from '../lib/exchange.js';
import type { PortalBudget } from './portal-budget.js';
import type { PortalBudgets } from './portal-budgets.js';
import type { RequestKind } from './leaky-bucket.js';

/**
 * The one way out, with a price: whatever goes to a portal's host is paid from its budget, whoever sends it. Commands of
 * the dispatcher were paid when they got their place; everything else waits here for its turn.
 */
export function meteredExchange(exchange: Exchange, budgets: PortalBudgets): Exchange {
  return async (request, limits) => {
    const budget = budgets.at(request.url);
    if (budget) await pay(budget, limits.mayWrite ? 'command' : 'read', limits.signal);
    return exchange(request, limits);
  };
}

async function pay(budget: PortalBudget, kind: RequestKind, signal: AbortSignal): Promise<void> {
  try {
    for (let denied = await budget.spend(kind); denied; denied = await budget.spend(kind)) {
      await passed(Math.max(1, denied.waitMs), undefined, { signal });
    }
  } catch (cause) {
    throw new NotSent('unpaid', 'The budget of the portal left no room for the request in time', { cause });
  }
}
