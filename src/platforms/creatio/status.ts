import type { Element, RunState } from '../run.js';

/** One state of a run as Creatio names it, and what it is to us. */
interface Status {
  /** Row of the lookup `SysProcessStatus`; the same on every instance. */
  readonly id: string;
  /** `processStatus` in the answer of RunProcess. */
  readonly value: number;
  /** In English; the lookup's own names are localized. */
  readonly name: string;
  readonly run: RunState;
  readonly element: Element['state'];
}

/**
 * The states of a run and of an element.
 *
 * A run that is inactive has been created and not started yet, so it goes on; an element that is running has parked:
 * the log is written when the call that ran it returns.
 *
 * Source: ConfigurationConstants that the vendor ships (ids); clio, "runprocess-success-flag-is-not-the-run-verdict"
 * (numbers, measured).
 */
const statuses: readonly Status[] = [
  { id: '67700d9c-28ac-46ef-9037-b81a53b7b330', value: 0, name: 'Inactive', run: 'running', element: 'waiting' },
  { id: 'ed2ae277-b6e2-df11-971b-001d60e938c6', value: 1, name: 'Running', run: 'running', element: 'waiting' },
  { id: '815c9586-b6e2-df11-971b-001d60e938c6', value: 2, name: 'Completed', run: 'completed', element: 'completed' },
  { id: 'f942c08d-b6e2-df11-971b-001d60e938c6', value: 3, name: 'Error', run: 'failed', element: 'failed' },
  { id: '1be78f3e-234d-4d6a-869a-dc07253fd2f3', value: 4, name: 'Canceled', run: 'terminated', element: 'cancelled' },
  {
    id: '006f6d7a-6d9a-4e8c-bf5f-2ddac8b3df9a',
    value: 5,
    name: 'Cancelling',
    run: 'terminating',
    element: 'cancelled',
  },
];

/** By the number in RunProcess; `null`: a number that is not known, so the run must be looked up. */
export function statusByValue(value: number): Status | null {
  return statuses.find((status) => status.value === value) ?? null;
}

/** By `StatusId` of a log row; `null`: a state that this instance has of its own. */
export function statusById(id: string): Status | null {
  return statuses.find((status) => status.id === id.toLowerCase()) ?? null;
}
