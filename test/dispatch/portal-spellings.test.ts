import { describe, expect, it } from '@jest/globals';
import { PortalBudgets } from '../../src/dispatch/portal-budgets.js';
import { limits } from '../connections/samples.js';

const store = {
  reserve: async () => ({ granted: 0, waitMs: 0, level: 0 }),
  close: async () => {},
  level: async () => ({ level: 0, closedMs: 0 }),
};

describe('the budget of a portal', () => {
  it('is one for its webhook and its application, however their address is spelt', () => {
    const budgets = new PortalBudgets({ store, clock: { now: () => new Date() }, now: () => 0 });
    const spellings = [
      'https://portal.example',
      'https://PORTAL.example',
      'https://portal.example:443',
      'https://portal.example.',
    ];

    const known = spellings.map((baseUrl) => budgets.know({ key: baseUrl, baseUrl, limits }));

    expect(new Set(known).size).toBe(1);
    expect(budgets.at('https://portal.example/rest/1/secret/profile.json')).toBe(known[0]);
    expect(budgets.at('https://Portal.Example.:443/rest/profile.json')).toBe(known[0]);
    expect(budgets.know({ key: 'other', baseUrl: 'https://portal.example:8443', limits })).not.toBe(known[0]);
  });

  it('is that of the new address once a portal has moved', () => {
    const budgets = new PortalBudgets({ store, clock: { now: () => new Date() }, now: () => 0 });
    const before = budgets.know({ key: 'sales', baseUrl: 'https://old.example', limits });
    const after = budgets.know({ key: 'sales', baseUrl: 'https://new.example', limits });

    expect(after).not.toBe(before);
    expect(budgets.at('https://new.example/rest/')).toBe(after);
  });
});
