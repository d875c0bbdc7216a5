import { ridesOf, type Rides } from '../../src/dispatch/rides.js';
import { StartCosts } from '../../src/dispatch/start-costs.js';
import type { StartsTogether } from '../../src/platforms/platform.js';
import type { Process } from '../../src/processes/process.js';
import type { Claimed } from '../../src/processes/operation.js';
import { intended, aProcess } from '../processes/samples.js';

const together: StartsTogether = {
  atMost: 50,
  mayRide: ({ variables }) => variables['alone'] === undefined,
  start: () => Promise.reject(new Error('Nothing is sent here')),
};

let lanes = 0;

function starts(count: number, given: Partial<Process> = {}): Claimed[] {
  return Array.from({ length: count }, () => intended(aProcess({ lane: `lane ${(lanes += 1)}`, ...given }), 'start'));
}

function spread(
  claimed: readonly Claimed[],
  requests: number,
  more: { readonly costs?: StartCosts; readonly toldApart?: boolean; readonly together?: null } = {},
): Rides {
  return ridesOf(claimed, { together, requests, costs: quick(), toldApart: false, ...more });
}

/** Each start takes 10 ms. */
function quick(): StartCosts {
  const costs = new StartCosts();
  costs.measured([{ connection: 'sales', definition: '1' }], 10);
  return costs;
}

const sizes = ({ rides, left }: Rides): readonly number[] => [...rides.map(({ length }) => length), -left.length];

describe('starts that wait', () => {
  it('go alone as long as there is a request for each', () => {
    expect(sizes(spread(starts(5), 5))).toEqual([1, 1, 1, 1, 1, -0]);
  });

  it('share requests evenly when there are more of them', () => {
    expect(sizes(spread(starts(20), 6))).toEqual([4, 4, 4, 4, 4, -0]);
  });

  it('fill no request beyond what it can carry', () => {
    expect(sizes(spread(starts(120), 2))).toEqual([50, 50, -20]);
  });

  it('go alone where the platform takes one in a request, and the others wait', () => {
    expect(sizes(spread(starts(5), 2, { together: null }))).toEqual([1, 1, -3]);
  });

  it('keep their order', () => {
    const claimed = starts(7);
    expect(spread(claimed, 3).rides.flat()).toEqual(claimed);
  });
});

describe('a start that does not mean the same in company', () => {
  it('takes a request for itself, in its turn', () => {
    const claimed = [...starts(2), ...starts(1, { variables: { alone: true } }), ...starts(3)];
    expect(sizes(spread(claimed, 3))).toEqual([2, 1, 2, -1]);
  });
});

describe('starts of one lane', () => {
  it('never ride together, so that no two that look alike are lost together', () => {
    expect(sizes(spread(starts(6, { lane: 'one' }), 2))).toEqual([1, 1, -4]);
  });

  it('leave their place to others', () => {
    const claimed = [...starts(3, { lane: 'one' }), ...starts(3)];
    expect(sizes(spread(claimed, 2))).toEqual([3, 2, -1]);
  });

  it('ride together where they take the risk themselves', () => {
    expect(sizes(spread(starts(6, { lane: 'one', onIndeterminate: 'continue' }), 2))).toEqual([3, 3, -0]);
  });

  it('ride together where their runs have ids to be told apart by', () => {
    expect(sizes(spread(starts(6, { lane: 'one' }), 2, { toldApart: true }))).toEqual([3, 3, -0]);
  });
});

describe('starts that take long', () => {
  it('are no more in a request than it can do in five seconds', () => {
    const costs = new StartCosts();
    costs.measured([{ connection: 'sales', definition: '1' }], 1000);
    expect(sizes(spread(starts(20), 2, { costs }))).toEqual([5, 5, -10]);
  });

  it('go alone where one takes longer than that', () => {
    const costs = new StartCosts();
    costs.measured([{ connection: 'sales', definition: '1' }], 30_000);
    expect(sizes(spread(starts(4), 2, { costs }))).toEqual([1, 1, -2]);
  });
});
