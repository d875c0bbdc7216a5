/** What a figure must be, and what it should be. */
export interface Wanted {
  readonly what: string;
  /** `null`: none is set. */
  readonly must: number | null;
  readonly goal: number | null;
  readonly wants: 'more' | 'less';
  /** `×` is a ratio by itself; anything else is an amount, of which the ratio to what it must be is told. */
  readonly unit: '×' | 's' | 'ms' | 'MiB' | '/s' | 'requests';
}

const more = { wants: 'more', unit: '×' } as const;
const less = { wants: 'less' } as const;

/** The targets of the gateway with everything switched on, in the order of the table. */
export const wanted = {
  toLimitAt16: { ...more, what: 'starts/s at 16 callers, to the limit (two commits)', must: 0.5, goal: 1 },
  toLimitAt64: { ...more, what: 'starts/s at 64 callers, to the limit (two commits)', must: 0.5, goal: 1 },
  toNodeRedAt16: { ...more, what: 'starts/s at 16 callers, to Node-RED', must: 1, goal: null },
  toNodeRedAt64: { ...more, what: 'starts/s at 64 callers, to Node-RED', must: 1, goal: null },
  toNestAt16: { ...more, what: 'starts/s at 16 callers, to nest-as-usual', must: 3, goal: 6 },
  toNestAt64: { ...more, what: 'starts/s at 64 callers, to nest-as-usual', must: 3, goal: 6 },
  gatewayCpu: { ...less, what: 'CPU of 1,000 starts at 64 callers: gateway', must: 0.7, goal: 0.35, unit: 's' },
  postgresCpu: { ...less, what: 'CPU of 1,000 starts at 64 callers: Postgres', must: 0.35, goal: 0.2, unit: 's' },
  addedP50: { ...less, what: "added p50 at 1 caller, above the limit's own", must: 1.5, goal: 0.7, unit: 'ms' },
  accepted: { ...more, what: "202 accepted/s at 64 callers, to the limit's (shared commits)", must: 0.25, goal: 0.6 },
  bulk: { ...more, what: 'bulk start, NDJSON: accepted/s', must: 5000, goal: 20_000, unit: '/s' },
  backlog: { ...more, what: 'backlog drained, to its own 201 rate', must: 1, goal: 2 },
  limitedPortal: {
    ...less,
    what: '1,000 starts at a limited Bitrix24 portal (50 burst, 2/s)',
    must: 15,
    goal: null,
    unit: 's',
  },
  limitedRequests: { ...less, what: 'the same: requests (the burst is 50)', must: null, goal: 50, unit: 'requests' },
  sessions: { ...more, what: 'Creatio .NET Framework, 1 s process, 4 sessions to one', must: 3.5, goal: 3.9 },
  lists: { ...less, what: 'list page by any filter, p99 at 10 million rows to 10,000', must: 3, goal: 1.5, unit: '×' },
  idleMemory: { ...less, what: 'resident memory, idle', must: 180, goal: 120, unit: 'MiB' },
  loadedMemory: { ...less, what: 'resident memory under 64 callers', must: 300, goal: 200, unit: 'MiB' },
  coldExternal: { ...less, what: 'cold start, external database', must: 3, goal: 1.5, unit: 's' },
  coldEmbedded: { ...less, what: 'cold start, embedded database, not first', must: 4, goal: 2, unit: 's' },
} as const satisfies Record<string, Wanted>;

export type WantedName = keyof typeof wanted;

/** What one of them came to. */
export interface Measured {
  /** In the unit that is wanted; `null` or NaN: it was not measured. */
  readonly figure: number | null;
  /** From what it was worked out, or why there is none. */
  readonly told: string;
}

export type Figures = { readonly [name in WantedName]?: Measured };

/** Which of the two was reached; `-` where none had to be. */
export type Reached = 'goal' | 'must' | 'NO' | '-' | 'NOT MEASURED';

/** What a figure has reached; a border that it stands on is reached. */
export function reached({ must, goal, wants }: Wanted, figure: number | null): Reached {
  if (figure === null || !Number.isFinite(figure)) return 'NOT MEASURED';
  const reaches = (border: number): boolean => (wants === 'more' ? figure >= border : figure <= border);
  if (must !== null && !reaches(must)) return 'NO';
  if (goal !== null && reaches(goal)) return 'goal';
  return must === null ? '-' : 'must';
}
