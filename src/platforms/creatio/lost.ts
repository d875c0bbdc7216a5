import { z } from 'zod';
import { InDoubt } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Candidate, LostLook, LostSpan, StartOrder } from '../run.js';
import type { CreatioClient } from './creatio.client.js';
import { LostLogRow, parsed, SelectedIds } from './creatio.wire.js';
import { unreadable } from './creatio.refusals.js';
import { runOf } from './observe.js';
import { odataPath, readRows } from './odata.js';
import { ourself } from './ourself.js';
import type { ProcessLog } from './process-log.js';

/** What the two clocks lose by being compared, in milliseconds: a `Date` header has whole seconds. */
const toleranceMs = 2000;
/** How far beyond the span the instance is asked, in case its clock has been set since its last answer. */
const marginMs = 60_000;
/** Beyond this a look cannot tell runs apart. */
const mostRows = 1000;

// What is filtered by is selected too: builds were seen to miss a column otherwise.
const select = ['Id', 'StatusId', 'ErrorDescription', 'StartDate', 'OwnerId', 'SysSchemaId', 'Name'];

/** Looks into the process log for runs whose start got no answer, or gave no id. */
export class LostRuns {
  /** The contact that owns the runs of our technical user; `null`: not asked yet. */
  #ourContact: string | null = null;

  constructor(
    private readonly client: CreatioClient,
    private readonly log: Pick<ProcessLog, 'entity'>,
  ) {}

  /**
   * The runs of a process that our technical user started in a span. One request; the first look of a connection is
   * preceded by one that asks who we are, since the log names contacts and a sign-in tells none.
   *
   * @throws InDoubt  the answer cannot be read, or holds more runs than one look can tell apart
   * Source: the vendor's server code finds runs of Execute by owner, name and time in the same way.
   */
  async find(order: StartOrder, span: LostSpan, call: Call): Promise<LostLook> {
    this.#ourContact ??= await readOurContact(this.client, call);
    const assumedMs = this.client.clockAheadMs ?? 0;
    const path = odataPath(this.log.entity, {
      select,
      filter: filterOf(order, this.#ourContact, [
        span.from.getTime() + assumedMs - marginMs,
        span.to.getTime() + assumedMs + marginMs,
      ]),
      orderby: 'StartDate',
      top: mostRows,
    });
    const rows = await readRows(this.client, path, LostLogRow, call);
    const { clockAheadMs } = this.client;
    const aheadMs = clockAheadMs ?? 0;
    if (rows.length >= mostRows) throw new InDoubt('The process log has more runs than one look can tell apart');
    if (Math.abs(aheadMs - assumedMs) > marginMs - toleranceMs) {
      throw new InDoubt('The clock of the instance was set while it was asked');
    }
    const ours = rows.filter(({ OwnerId }) => OwnerId.toLowerCase() === this.#ourContact);
    return { candidates: ours.flatMap((row) => candidateOf(row, order, { span, aheadMs })), clockAheadMs };
  }
}

function filterOf({ definition, spec }: StartOrder, owner: string, [fromMs, toMs]: readonly [number, number]): string {
  // A definition in outline is one whose active version has another code, which only the caption shows.
  const caption = spec?.outline ? ` or Name eq '${spec.name.replaceAll("'", "''")}'` : '';
  const active = spec?.native['activeCode'];
  const version = typeof active === 'string' ? ` or SysSchema/Name eq '${active.replaceAll("'", "''")}'` : '';
  return [
    `(SysSchema/Name eq '${definition}'${version}${caption})`,
    `Owner/Id eq ${owner}`,
    `StartDate ge ${new Date(fromMs).toISOString()}`,
    `StartDate le ${new Date(toMs).toISOString()}`,
  ].join(' and ');
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

async function readOurContact(client: CreatioClient, call: Call): Promise<string> {
  const answer = await client.send(ourself, call);
  const [row] = parsed(SelectedIds, answer.body)?.rows ?? [];
  if (answer.status !== 200 || !row) throw unreadable('Who we are', answer);
  return row.Id.toLowerCase();
}
