import { StartCosts } from '../../src/dispatch/start-costs.js';

const [quick, slow] = [
  { connection: 'sales', definition: '1' },
  { connection: 'sales', definition: '2' },
];

describe('what a start costs', () => {
  it('is half of what a request should take before one was measured', () => {
    expect(new StartCosts().of(quick)).toBe(2500);
  });

  it('is what one took, whether it went alone or with others', () => {
    const costs = new StartCosts();
    costs.measured(
      Array.from({ length: 50 }, () => quick),
      2500,
    );
    expect(costs.of(quick)).toBe(50);
    expect(costs.of(slow)).toBe(2500);
  });

  it('rises at once when a portal gets slow, and falls by and by', () => {
    const costs = new StartCosts();
    costs.measured([quick], 100);
    costs.measured([quick], 4000);
    expect(costs.of(quick)).toBe(4000);
    costs.measured([quick], 100);
    expect(costs.of(quick)).toBeGreaterThan(2500);
    for (let one = 0; one < 20; one += 1) costs.measured([quick], 100);
    expect(costs.of(quick)).toBeLessThan(110);
  });

  it('is learnt from starts that began; from others no more than that they take longer', () => {
    const costs = new StartCosts();
    costs.measured([quick], 5, false);
    expect(costs.of(quick)).toBe(2500);
    costs.measured([quick, quick], 60_000, false);
    expect(costs.of(quick)).toBe(30_000);
    costs.measured([quick], 5, false);
    expect(costs.of(quick)).toBe(30_000);
  });

  it('is told apart by definition, also in a request that carried both', () => {
    const costs = new StartCosts();
    costs.measured([quick], 10);
    costs.measured([slow], 1000);
    costs.measured([quick, slow], 1010);
    expect([costs.of(quick), costs.of(slow)]).toEqual([10, 1000]);
  });
});
