import { uuidv7 } from '../lib/uuid.js';
import type { Change } from '../processes/change.js';
import { toColumns } from './columns.js';
import { json } from './process-json.js';
import { progressRow } from './progress-rows.js';

/** A change with its events counted in. */
export function numbered(change: Change): Change {
  const { process, news } = change;
  return news.length === 0
    ? change
    : { ...change, process: { ...process, lastSequence: process.lastSequence + news.length } };
}

/** A numbered change as the JSON that `consequences` reads. */
export function changeRow(change: Change, delays: Delays): string {
  return json(changeColumns(change, delays));
}

/** The same, to stand inside other JSON; what is absent there is null. */
export function changeColumns(change: Change, delays: Delays): object {
  return {
    process: progressRow(change.process),
    events: eventRows(change),
    ...termsOf(change, delays),
    ...besideOf(change),
  };
}

/** When a lost start is looked for, and whether its lane waits. */
export interface ChangeTerms {
  readonly looks: 'keep' | 'none' | 'restart' | 'after';
  readonly lookInMs: number | null;
  readonly lane: Change['lane'];
  readonly laneMs: number | null;
}

export function termsOf({ looks, lane }: Change, { firstLookMs, laneMs }: Delays): ChangeTerms {
  return {
    looks: typeof looks === 'string' ? looks : 'after',
    lookInMs: typeof looks === 'string' ? (looks === 'restart' ? firstLookMs : null) : looks.afterMs,
    lane,
    laneMs: lane === 'hold' ? laneMs : null,
  };
}

/** What a change does to native ids and incidents. */
export function besideOf({ claims, opens, resolves }: Change): object {
  return {
    claims: claims.map(({ nativeId, claim }) => ({ native_id: nativeId, claim })),
    opens: opens.map((one) => ({ ...toColumns(one), id: uuidv7() })),
    resolves: resolves?.kinds ?? [],
    // Where nothing is resolved nobody reads how.
    resolution: resolves && resolves.kinds.length > 0 ? resolves.resolution : undefined,
  };
}

/** How long after it was lost a start is looked for first, and how long its lane waits for it. */
export interface Delays {
  readonly firstLookMs: number;
  readonly laneMs: number;
}

/** An event as the columns of its row. */
export interface EventRow {
  readonly process_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly data: object;
}

/** The events of a numbered change. */
export function eventRows({ process, news }: Change): readonly EventRow[] {
  const first = process.lastSequence - news.length + 1;
  return news.map(({ type, data }, at) => ({ process_id: process.id, sequence: first + at, id: uuidv7(), type, data }));
}
