import type { DataSource } from 'typeorm';
import type { Change } from '../processes/change.js';
import type { IdHolder, Found, KeptAnswer, LostStart, LostStore } from '../processes/lost.store.js';
import type { Intended } from '../processes/operation.js';
import type { Process, WaitingFor } from '../processes/process.js';
import { StaleRevision, type Room } from '../processes/process.store.js';
import type { Row } from './columns.js';
import * as sql from './lost.sql.js';
import { requireFreeIds, unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { changeRow, numbered, type Delays } from './change-rows.js';
import { processOf } from './process-of-row.js';
import { attemptOf, attemptRow, claimedOf, newAttempt, photograph, type ClaimedRow } from './process-rows.js';
import { intendProbe } from './intent.sql.js';
import { keepsRunIds } from './run-ids.sql.js';
import { isStarting } from './starting.sql.js';

type Written = readonly { readonly written: number }[];

type LostRow = ClaimedRow & {
  readonly attempts: readonly Row[];
  readonly looks: number;
  readonly over_at: Date;
  readonly is_over: boolean;
  readonly life: number;
  readonly restored_at: Date | null;
};

type KeptRow = ClaimedRow & {
  readonly attempt: Row;
  readonly is_out: boolean;
  readonly other_unknown: boolean;
  readonly proves_nothing: boolean;
};

/** The protocol of starts whose outcome is not known, in Postgres: one statement, and so one commit, a method. */
export class PostgresLostStore implements LostStore {
  constructor(
    private readonly database: DataSource,
    private readonly leaseSeconds: number,
    private readonly delays: Delays,
  ) {}

  async kept(limit: number): Promise<readonly KeptAnswer[]> {
    const rows = await this.database.query<KeptRow[]>(sql.keptAnswers, [limit]);
    return rows.map((row) => ({
      ...claimedOf(row),
      attempt: attemptOf(row.attempt),
      isOut: row.is_out,
      otherUnknown: row.other_unknown,
      provesNothing: row.proves_nothing,
    }));
  }

  async takeLost(
    rooms: readonly Pick<Room, 'connection' | 'lifeSeconds'>[],
    limit: number,
  ): Promise<readonly LostStart[]> {
    const rows = await this.database.query<LostRow[]>(sql.takeLost, [
      rooms.map(({ connection }) => connection),
      rooms.map(({ lifeSeconds }) => lifeSeconds),
      limit,
    ]);
    return rows.map((row) => ({
      ...claimedOf(row),
      attempts: row.attempts.map(attemptOf),
      looks: row.looks,
      lifeSeconds: row.life,
      isOver: row.is_over,
      overAt: row.over_at,
      restoredAt: row.restored_at,
    }));
  }

  async found({ lost, change: given, operation, answer, onlyOneSince, nativeId }: Found): Promise<Process> {
    const change = numbered(given);
    const parameters = [
      lost.operation.id,
      String(lost.lease.fencingToken),
      change.fromRevision,
      changeRow(change, this.delays),
      operation,
      answer && photograph(change.process, answer),
      nativeId,
      onlyOneSince,
    ];
    const [row] = await unlessTaken(this.database, change, () => this.database.query<Written>(sql.found, parameters));
    if (row?.written === 1) return change.process;
    await requireFreeIds(this.database, change);
    throw new StaleRevision(`Process ${change.process.id} has changed, or its run may be another's`);
  }

  async dispossess(holder: IdHolder, given: Change, operation: 'done' | 'unknown'): Promise<boolean> {
    const change = numbered(given);
    const [row]: Written = await this.database.query(sql.dispossess, [
      holder.portal,
      holder.nativeId,
      holder.processId,
      change.fromRevision,
      changeRow(change, this.delays),
      operation,
    ]);
    return row?.written === 1;
  }

  async intendProbe(lost: LostStart, given: Change): Promise<Intended | null> {
    const change = numbered(given);
    const issuedAtMs = performance.now();
    const attempt = newAttempt(lost, 'probe', {
      chosenId: lost.process.runId,
      lifeSeconds: lost.lifeSeconds,
      batchId: null,
    });
    const lease = { operationId: lost.operation.id, fencingToken: lost.lease.fencingToken + 1n };
    const [row]: Written = await this.database.query(intendProbe(keepsRunIds('p.connection')), [
      lost.operation.id,
      String(lost.lease.fencingToken),
      change.fromRevision,
      json(attemptRow(attempt, lost, lease.fencingToken)),
      changeRow(change, this.delays),
      this.leaseSeconds,
      lost.lifeSeconds,
    ]);
    if (row?.written !== 1) return null;
    const operation = { ...lost.operation, state: 'sending' as const, attempts: attempt.number };
    return { operation, process: change.process, lease, attempt, issuedAtMs };
  }

  async stuckStops(seconds: number, limit: number): Promise<readonly Process[]> {
    const rows = await this.database.query<Row[]>(sql.stuckStops, [seconds, limit]);
    return rows.map((row) => processOf(row));
  }

  async claimedIds(portal: string, nativeIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ native_id: string }[]>(
      'select native_id from native_ids where portal = $1 and native_id = any ($2::text[])',
      [portal, nativeIds],
    );
    return new Set(rows.map((row) => row.native_id));
  }

  async laneHolder({ id, lane }: Process): Promise<WaitingFor | null> {
    const [row] = await this.database.query<{ id: string; lane_until: Date }[]>(
      `select id, lane_until
       from processes
       where lane = $1 and lane_until > clock_timestamp() and id <> $2
       order by id
       limit 1`,
      [lane, id],
    );
    return row ? { reason: 'lane', processId: row.id, until: row.lane_until } : null;
  }

  async othersLost({ id, portal, definition }: Process): Promise<boolean> {
    const [row] = await this.database.query<{ found: boolean }[]>(
      `select exists (
         select from processes
         where portal = $1
           and definition = $2
           and id <> $3::uuid
           and state in ('indeterminate', 'running')
           and state <> 'starting'
           and (state = 'indeterminate' or native_id is null)
         union all
         select from processes
         where ${isStarting('id')}
           and portal = $1
           and definition = $2
           and id <> $3::uuid
       ) as found`,
      [portal, definition, id],
    );
    return row?.found ?? false;
  }

  async lostInLane({ id, lane }: Process): Promise<readonly string[]> {
    const rows = await this.database.query<{ process_id: string }[]>(
      `select distinct a.process_id
       from attempts a
       join processes p on p.id = a.process_id and p.state = 'indeterminate'
       where a.lane = $1
         and (a.class is null or a.class in ('unknown', 'accepted_unidentified'))
         and a.process_id <> $2
       order by a.process_id
       limit 100`,
      [lane, id],
    );
    return rows.map((row) => row.process_id);
  }
}
