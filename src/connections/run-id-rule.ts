/** What the answers to starts have shown of run ids of our choice; the times are the database's. */
export interface RunIdsSeen {
  /** When the last answers came that showed our id, newest first; at most three. */
  readonly keptAt: readonly Date[];
  /** When the last answer came that showed another id; `null`: never. */
  readonly ignoredAt: Date | null;
  /** A probe was answered with another id, and nobody has set `runIds` since. */
  readonly distrusted: boolean;
}

export type RunIdsState = 'kept' | 'ignored' | 'unknown';

const enoughAnswers = 3;
const freshMs = 24 * 60 * 60 * 1000;

/**
 * Whether a portal keeps the run ids that it is offered; delivery.md, "Run ids". `kept`: the last three answered starts
 * showed it, the newest less than a day ago. `ignored`: the newest showed another id, or a probe did. The condition in
 * storage/run-ids.sql.ts is the same rule.
 */
export function runIdsStateOf({ keptAt, ignoredAt, distrusted }: RunIdsSeen, now: Date): RunIdsState {
  if (distrusted) return 'ignored';
  const [newest] = keptAt;
  if (!newest) return ignoredAt ? 'ignored' : 'unknown';
  if (ignoredAt && ignoredAt >= newest) return 'ignored';
  const oldest = keptAt[enoughAnswers - 1];
  const isUnbroken = oldest !== undefined && (!ignoredAt || oldest > ignoredAt);
  return isUnbroken && now.getTime() - newest.getTime() < freshMs ? 'kept' : 'unknown';
}
