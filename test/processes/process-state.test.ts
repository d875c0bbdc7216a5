import {
  categories,
  categoryOf,
  conclusionOf,
  conclusions,
  processStates,
  statesAfter,
  type ProcessState,
} from '../../src/processes/process-state.js';

function reachableFrom(first: ProcessState): Set<ProcessState> {
  const reached = new Set<ProcessState>([first]);
  // A set goes on to what is added while it is walked.
  for (const state of reached) for (const next of statesAfter(state)) reached.add(next);
  return reached;
}

const closed = processStates.filter((state) => categoryOf[state] === 'closed');

describe('the life of a process', () => {
  it('leads from queued to every state', () => {
    expect([...reachableFrom('queued')].toSorted()).toEqual(processStates.toSorted());
  });

  it.each(closed)('has no step from %s back to what is unsent or unknown', (state) => {
    expect(statesAfter(state).map((next) => categoryOf[next])).not.toContain('pending');
  });

  it.each(['killed', 'withdrawn', 'expired'] as const)('ends with %s', (state) => {
    expect(statesAfter(state)).toEqual([]);
  });

  it('has a step from what was not started to a run only where somebody else’s word was believed', () => {
    const notStarted = closed.filter((state) => conclusionOf[state] === 'not_started');

    expect(notStarted.filter((state) => statesAfter(state).length > 0)).toEqual(['rejected']);
  });

  it('leads back to queued only from where an attempt may have been unsent', () => {
    expect(processStates.filter((state) => statesAfter(state).includes('queued'))).toEqual([
      'starting',
      'indeterminate',
    ]);
  });

  it('has a stop before the send only where nothing was confirmed', () => {
    const before = processStates.filter((state) => statesAfter(state).includes('withdrawn'));
    expect(before).toEqual(['queued', 'starting', 'indeterminate']);
  });
});

describe('a state', () => {
  it.each(processStates)('%s has a conclusion exactly when it is closed', (state) => {
    expect(conclusionOf[state] !== null).toBe(categoryOf[state] === 'closed');
  });

  it('has a category and a conclusion that callers can filter by', () => {
    expect(processStates.map((state) => categoryOf[state]).every((category) => categories.includes(category))).toBe(
      true,
    );
    const told = closed.map((state) => conclusionOf[state]);
    expect(told.every((conclusion) => conclusion !== null && conclusions.includes(conclusion))).toBe(true);
  });
});
