/** What one caller knows of its start, under one key and with one unique value. */
export interface Caller {
  readonly unique: string;
  /** The ids of processes that it was told; several are a fault. */
  readonly ids: ReadonlySet<string>;
  /** The state that it was last told; `null`: none. */
  readonly told: string | null;
  /** Its only request was answered with the word that nothing happened, and it went away. */
  readonly toldNothingHappened: boolean;
  /** Answers that no caller should get, e.g. `500 internal-error`. */
  readonly odd: readonly string[];
}

/** What there is to judge by: the platforms' own logs, what callers were told, and what the gateway says now. */
export interface Evidence {
  readonly callers: readonly Caller[];
  /** The unique values of every run that a platform executed. */
  readonly executed: readonly string[];
  /** States by process id, when everything has come to rest. */
  readonly states: ReadonlyMap<string, string>;
}

/** What the proofs count. */
export interface Figures {
  readonly starts: number;
  readonly executed: number;
  readonly indeterminate: number;
  readonly lost: readonly string[];
  readonly executedTwice: readonly string[];
  /** A process says that nothing ran, and the platform ran it; or that it runs, and the platform never ran it. */
  readonly untrue: readonly string[];
  readonly odd: readonly string[];
}

/** States of a process of which nothing may have run. */
const nothingRan = ['queued', 'withdrawn', 'expired', 'rejected'];
/** Of which nobody may know whether it ran. */
const nobodyKnows = ['indeterminate'];
const atRest = new Set([...nobodyKnows, ...nothingRan]);

/** Compares them; the four lists are empty where the promise holds. Pure. */
export function judged({ callers, executed, states }: Evidence): Figures {
  const runs = new Map<string, number>();
  for (const unique of executed) runs.set(unique, (runs.get(unique) ?? 0) + 1);
  const known = new Set(callers.map(({ unique }) => unique));
  const lost: string[] = [];
  const untrue: string[] = [];
  for (const { unique, ids, toldNothingHappened } of callers) {
    const [id, ...others] = ids;
    const state = id === undefined ? undefined : states.get(id);
    const ran = runs.get(unique) ?? 0;
    if (toldNothingHappened) {
      if (ran > 0) untrue.push(`${unique}: its caller was told that nothing happened, and it ran`);
      continue;
    }
    if (id === undefined || state === undefined) lost.push(`${unique}: accepted as ${id ?? 'nothing'}, and gone`);
    else if (others.length > 0) untrue.push(`${unique}: one key, the processes ${[id, ...others].join(', ')}`);
    else if (state === 'starting') lost.push(`${unique}: ${id} is still starting`);
    else if (ran > 0 && nothingRan.includes(state)) untrue.push(`${unique}: ${id} is ${state}, and it ran`);
    else if (ran === 0 && !atRest.has(state)) untrue.push(`${unique}: ${id} is ${state}, and never ran`);
  }
  for (const unique of runs.keys()) if (!known.has(unique)) untrue.push(`${unique}: it ran, and nobody started it`);
  return {
    starts: callers.length,
    executed: runs.size,
    indeterminate: [...states.values()].filter((state) => nobodyKnows.includes(state)).length,
    lost,
    executedTwice: [...runs].flatMap(([unique, times]) => (times > 1 ? [`${unique}: ${times} runs`] : [])),
    untrue,
    odd: callers.flatMap(({ odd }) => odd),
  };
}
