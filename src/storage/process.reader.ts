import type { DataSource, EntityManager } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Operation } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import type {
  HistoryItem,
  HistoryPosition,
  ProcessFilter,
  ProcessPage,
  ProcessReader,
  RememberedKey,
} from '../processes/process.reader.js';
import type { Row } from './columns.js';
import { seenAt } from './look-rounds.sql.js';
import { listProcesses } from './process-lists.js';
import { processOf } from './process-of-row.js';
import { answerOf, attemptOf, eventOf, operationOf } from './process-rows.js';

/** What callers and the engine read of processes, from Postgres. */
export class PostgresProcessReader implements ProcessReader {
  #installation: string | null = null;

  constructor(private readonly database: DataSource) {}

  async find(processId: string): Promise<Process | null> {
    const [row] = await this.database.query<Row[]>(
      `select p.*, ${seenAt('p')} as seen_at from processes p where p.id = $1`,
      [processId],
    );
    return row ? processOf(row) : null;
  }

  remembered(clientId: string, key: string): Promise<RememberedKey | null> {
    return rememberedKey(this.database, clientId, key);
  }

  async operation(operationId: string): Promise<Operation | null> {
    const [row] = await this.database.query<Row[]>('select * from operations where id = $1', [operationId]);
    return row ? operationOf(row) : null;
  }

  async openOperations(processId: string): Promise<readonly Operation[]> {
    const rows = await this.database.query<Row[]>(
      `select *
       from operations
       where process_id = $1 and state in ('queued', 'sending')
       order by id`,
      [processId],
    );
    return rows.map(operationOf);
  }

  async acceptedStops(processId: string): Promise<readonly Operation[]> {
    const rows = await this.database.query<Row[]>(
      `select *
       from operations
       where process_id = $1 and kind in ('terminate', 'kill') and state <> 'refused'
       order by id`,
      [processId],
    );
    return rows.map(operationOf);
  }

  async stopped(processIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ id: string }[]>(
      `select p.id
       from processes p
       where p.id = any ($1::uuid[])
         and exists (
           select from operations o
           join attempts a on a.process_id = o.process_id and a.operation_id = o.id
           where o.process_id = p.id
             and o.kind in ('terminate', 'kill')
             and (a.class is null or a.class in ('accepted', 'accepted_unidentified', 'unknown'))
             -- one from before was meant for another run; an intent that makes it terminating is of the same moment
             and (p.terminating_since is null or a.sent_at > p.terminating_since - interval '1 second'))`,
      [processIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async hasUnknownAttempt(operationId: string, but: string | null): Promise<boolean> {
    const [row] = await this.database.query<{ found: boolean }[]>(
      `select exists (
         select
         from operations o
         join attempts a on a.process_id = o.process_id and a.operation_id = o.id
         where o.id = $1::uuid
           and a.id is distinct from $2::uuid
           and (a.kept or (a.class is null or a.class = 'unknown') and a.native_id is null)
       ) as found`,
      [operationId, but],
    );
    return row?.found ?? false;
  }

  async history(processId: string, after: HistoryPosition | null, limit: number): Promise<readonly HistoryItem[]> {
    const rows = await this.database.query<(HistoryPosition & { event: Row | null; attempt: Row | null })[]>(
      `select at::text, rank::text, id, event, attempt
       from (
         select time as at, 0 as rank, id, to_json(e) as event, null::json as attempt
         from events e
         where process_id = $1
         union all
         select sent_at, 1, id, null, to_json(a)
         from attempts a
         where process_id = $1
       ) item
       where $2::timestamptz is null or (at, rank, id) > ($2, $3::int, $4::uuid)
       order by item.at, item.rank, item.id
       limit $5`,
      [processId, after?.at ?? null, after?.rank ?? null, after?.id ?? null, limit],
    );
    return rows.map(({ at, rank, id, event, attempt }): HistoryItem => {
      const position = { at, rank, id };
      if (event) return { position, kind: 'event', event: eventOf(event) };
      if (attempt) return { position, kind: 'attempt', attempt: attemptOf(attempt) };
      throw new Error(`History item ${id} is neither event nor attempt`);
    });
  }

  list(filter: ProcessFilter, before: string | null, rows: number): Promise<ProcessPage> {
    return listProcesses(this.database, filter, { before, rows });
  }

  async elementIds(processId: string, nativeIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    await this.database.query(
      `insert into elements (id, process_id, native_id)
       select new.id, $1, new.native_id from unnest($2::uuid[], $3::text[]) as new (id, native_id)
       on conflict do nothing`,
      [processId, nativeIds.map(() => uuidv7()), nativeIds],
    );
    const rows = await this.database.query<{ native_id: string; id: string }[]>(
      'select native_id, id from elements where process_id = $1 and native_id = any ($2::text[])',
      [processId, nativeIds],
    );
    return new Map(rows.map((row) => [row.native_id, row.id]));
  }

  async nativeElementId(processId: string, elementId: string): Promise<string | null> {
    const [row] = await this.database.query<{ native_id: string }[]>(
      `select native_id from elements where process_id = $1 and id = $2
       union all
       select e.native_id
       from processes p
       join told_elements e on e.portal = p.portal and e.run_id = p.native_id
       where p.id = $1 and e.id = $2`,
      [processId, elementId],
    );
    return row?.native_id ?? null;
  }

  async installation(): Promise<string> {
    if (this.#installation === null) {
      const [row] = await this.database.query<{ id: string }[]>('select id from installation');
      if (!row) throw new Error('The table installation is empty: run the migrations');
      this.#installation = row.id;
    }
    return this.#installation;
  }
}

/** What is stored under a client's key, also inside a transaction. */
export async function rememberedKey(
  executor: Pick<EntityManager, 'query'>,
  clientId: string,
  key: string,
): Promise<RememberedKey | null> {
  const [row] = await executor.query<
    {
      fingerprint: Buffer;
      operation_id: string | null;
      process_id: string | null;
      answer: FinalAnswer | null;
      created_at: Date;
    }[]
  >(
    // A stop that joined another has the answer of that one.
    `select k.fingerprint, k.operation_id, k.process_id, coalesce(k.answer, own.answer) as answer, k.created_at
     from idempotency_keys k
     left join operations o on o.id = k.operation_id and k.answer is null
     left join idempotency_keys own on own.client_id = o.client_id and own.key = o.key
     where k.client_id = $1 and k.key = $2`,
    [clientId, key],
  );
  return row
    ? {
        key,
        fingerprint: row.fingerprint,
        operationId: row.operation_id,
        processId: row.process_id,
        answer: answerOf(row.answer),
        createdAt: row.created_at,
      }
    : null;
}
