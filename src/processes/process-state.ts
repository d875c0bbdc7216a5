/** The life of a process: which states there are, and which may follow which. */
const next = {
  queued: [
    'starting',
    'withdrawn',
    'expired',
    'indeterminate',
    'rejected',
    'running',
    'terminating',
    'completed',
    'failed',
    'terminated',
    'ended',
  ],
  starting: [
    'queued',
    'running',
    'terminating',
    'completed',
    'failed',
    'terminated',
    'ended',
    'rejected',
    'indeterminate',
    'withdrawn',
    'expired',
  ],
  indeterminate: [
    'queued',
    'starting',
    'withdrawn',
    'expired',
    'running',
    'terminating',
    'completed',
    'failed',
    'terminated',
    'ended',
    'rejected',
  ],
  running: ['terminating', 'completed', 'failed', 'terminated', 'killed', 'ended', 'indeterminate'],
  // To indeterminate: a better claim took its run.
  terminating: ['running', 'completed', 'failed', 'terminated', 'killed', 'ended', 'indeterminate'],
  ended: ['running', 'completed', 'failed', 'terminated', 'killed', 'rejected'], // seen again, or better evidence
  // What follows needs better evidence than there was.
  terminated: ['running', 'completed', 'failed', 'ended'],
  completed: ['running', 'failed', 'terminated', 'ended'],
  failed: ['running', 'completed', 'terminated', 'ended'],
  rejected: ['running', 'terminating', 'completed', 'failed', 'terminated', 'ended'],
  killed: [],
  withdrawn: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>;

export type ProcessState = keyof typeof next;

export const processStates: readonly ProcessState[] = Object.keys(next).filter(isState);

/** pending: nothing is confirmed; open: a run exists; closed: it is over, or never came to be. */
export type Category = 'pending' | 'open' | 'closed';

export const categories: readonly Category[] = ['pending', 'open', 'closed'];

export const categoryOf: Readonly<Record<ProcessState, Category>> = {
  queued: 'pending',
  starting: 'pending',
  indeterminate: 'pending',
  running: 'open',
  terminating: 'open',
  completed: 'closed',
  failed: 'closed',
  terminated: 'closed',
  killed: 'closed',
  ended: 'closed',
  rejected: 'closed',
  expired: 'closed',
  withdrawn: 'closed',
};

/** What came of a closed process. */
export type Conclusion = 'succeeded' | 'failed' | 'stopped' | 'not_started' | 'unknown';

export const conclusions: readonly Conclusion[] = ['succeeded', 'failed', 'stopped', 'not_started', 'unknown'];

/** `null` while it is not closed. */
export const conclusionOf: Readonly<Record<ProcessState, Conclusion | null>> = {
  queued: null,
  starting: null,
  indeterminate: null,
  running: null,
  terminating: null,
  completed: 'succeeded',
  failed: 'failed',
  terminated: 'stopped',
  killed: 'stopped',
  ended: 'unknown',
  rejected: 'not_started',
  expired: 'not_started',
  withdrawn: 'not_started',
};

/** From which a new process may be started with the same input. */
export const retryableStates: readonly ProcessState[] = ['rejected', 'failed', 'terminated', 'expired', 'withdrawn'];

/** The states that may follow `state`. */
export function statesAfter(state: ProcessState): readonly ProcessState[] {
  return next[state];
}

function isState(word: string): word is ProcessState {
  return Object.hasOwn(next, word);
}
