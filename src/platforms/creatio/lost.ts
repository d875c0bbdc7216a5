import { z } from 'zod';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Candidate, LostLook, LostSpan, StartOrder } from '../run.js';
import type { CreatioClient } from './creatio.client.js';
import { LostLogRow } from './creatio.wire.js';
import { runOf } from './observe.js';
import type { OurContact } from './our-contact.js';
import type { ProcessLog } from './process-log.js';
import type { Rows } from './rows.js';
import type { Comparison, RowsQuery } from './rows-query.js';

/** What the two clocks lose by being compared, in milliseconds: a `Date` header has whole seconds. */
const toleranceMs = 2000;
/** How far beyond the span the instance is asked, in case its clock has been set since its last answer. */
const marginMs = 60_000;
/** Beyond this a look cannot tell runs apart. */
const mostRows = 1000;

// What is filtered by is selected too: builds were seen to miss a column otherwise.
const columns = ['Id', 'StatusId', 'ErrorDescription', 'StartDate', 'OwnerId', 'SysSchemaId', 'Name'];
const lookups = ['StatusId', 'OwnerId', 'SysSchemaId'];

/** What a look for a lost start needs of its instance. */
interface LostRunsParts {
  readonly client: Pick<CreatioClient, 'clockAheadMs' | 'settings'>;
  readonly log: Pick<ProcessLog, 'entity'>;
  readonly rows: Pick<Rows, 'read'>;
  readonly ourContact: OurContact;
}

/** Looks into the process log for runs whose start got no answer, or gave no id. */
export class LostRuns {
  constructor(private readonly parts: LostRunsParts) {}

  /**
   * The runs of a process that our technical user started in a span. One request; the first look of a connection is
   * preceded by one that asks who we are.
   *
   * @throws InDoubt  the answer cannot be read, or holds more runs than one look can tell apart
   * Source: the vendor's server code finds runs of Execute by owner, name and time in the same way.
   */
  async find(order: StartOrder, span: LostSpan, call: Call): Promise<LostLook> {
    const { client, log, rows, ourContact } = this.parts;
    const owner = await ourContact.id(call);
    const assumedMs = client.clockAheadMs ?? 0;
    const zoneMs = client.settings.timesAheadMinutes * 60_000;
    const thereMs = assumedMs + zoneMs;
    const times = [span.from.getTime() + thereMs - marginMs, span.to.getTime() + thereMs + marginMs] as const;
    const where = conditionsOf(order, owner, times);
    const found = await rows.read(
      { entity: log.entity, columns, lookups, where, order: { by: 'StartDate' }, top: mostRows },
      LostLogRow,
      call,
    );
    const { clockAheadMs } = client;
    const aheadMs = clockAheadMs ?? 0;
    if (found.length >= mostRows) throw new InDoubt('The process log has more runs than one look can tell apart');
    if (Math.abs(aheadMs - assumedMs) > marginMs - toleranceMs) {
      throw new InDoubt('The clock of the instance was set while it was asked');
    }
    const ours = found.filter(({ OwnerId }) => OwnerId.toLowerCase() === owner);
    return {
      candidates: ours.flatMap((row) => candidateOf(row, order, { span, aheadMs: aheadMs + zoneMs })),
      clockAheadMs,
    };
  }
}

function conditionsOf(
  { definition, spec }: StartOrder,
  owner: string,
  [fromMs, toMs]: readonly [number, number],
): RowsQuery['where'] {
  const active = spec?.native['activeCode'];
  const names: readonly Comparison[] = [
    { path: 'SysSchema/Name', by: 'eq', value: { text: definition } },
    ...(typeof active === 'string' ? [{ path: 'SysSchema/Name', by: 'eq', value: { text: active } } as const] : []),
    // A definition in outline is one whose active version has another code, which only the caption shows.
    ...(spec?.outline ? [{ path: 'Name', by: 'eq', value: { text: spec.name } } as const] : []),
  ];
  return [
    names,
    { path: 'Owner/Id', by: 'eq', value: { guid: owner } },
    { path: 'StartDate', by: 'ge', value: { at: new Date(fromMs).toISOString() } },
    { path: 'StartDate', by: 'le', value: { at: new Date(toMs).toISOString() } },
  ];
}

function candidateOf(
  row: z.infer<typeof LostLogRow>,
  { spec }: StartOrder,
  { span, aheadMs }: { readonly span: LostSpan; readonly aheadMs: number },
): Candidate[] {
  const startedAtMs = row.StartDate.getTime() - aheadMs;
  if (startedAtMs < span.from.getTime() - toleranceMs || startedAtMs > span.to.getTime() + toleranceMs) return [];
  const seconds = Math.round((startedAtMs - span.from.getTime()) / 1000);
  const reasons = [
    spec?.outline ? 'same process by code or caption' : 'same process',
    'started by our technical user',
    seconds < 0 ? `started ${-seconds} s before the request` : `started ${seconds} s after the request`,
  ];
  return [{ nativeId: row.Id, startedAt: new Date(startedAtMs), reasons, run: runOf(row) }];
}
