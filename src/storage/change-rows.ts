import { uuidv7 } from '../lib/uuid.js';
import type { Change, News } from '../processes/change.js';
import type { Process } from '../processes/process.js';
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
export function changeColumns(change: Change, { firstLookMs, laneMs }: Delays): object {
  const { process, news, looks, lane, claims, opens, resolves } = change;
  return {
    process: progressRow(process),
    events: eventRows(process, news),
    looks: typeof looks === 'string' ? looks : 'after',
    lookInMs: typeof looks === 'string' ? (looks === 'restart' ? firstLookMs : undefined) : looks.afterMs,
    lane,
    laneMs: lane === 'hold' ? laneMs : undefined,
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

function eventRows(process: Process, news: readonly News[]): object[] {
  const first = process.lastSequence - news.length + 1;
  return news.map(({ type, data }, at) => ({ process_id: process.id, sequence: first + at, id: uuidv7(), type, data }));
}
