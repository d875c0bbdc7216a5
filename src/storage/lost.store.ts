import type { DataSource } from 'typeorm';
import type { Change } from '../processes/change.js';
import type { IdHolder, Found, KeptAnswer, LostStart, LostStore } from '../processes/lost.store.js';
import type { Intended } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import { StaleRevision, type Room } from '../processes/process.store.js';
import type { Row } from './columns.js';
import { isUniqueViolation } from './database-trouble.js';
import * as sql from './lost.sql.js';
import { requireFreeIds } from './native-ids.js';
import { json } from './process-json.js';
import {
  attemptOf,
  attemptRow,
  changeRow,
  claimedOf,
  newAttempt,
  numbered,
  photograph,
  type ClaimedRow,
  type Delays,
} from './process-rows.js';
import { intendProbe } from './process.sql.js';
import { keepsRunIds } from './run-ids.sql.js';

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
    const [row] = await this.#unlessTaken(change, () => this.database.query<Written>(sql.found, parameters));
    if (row?.written === 1) return change.process;
    await requireFreeIds(this.database, change);
    throw new StaleRevision(`Process ${change.process.id} has changed, or its run may be another's`);
  }

  async dispossess(holder: IdHolder, given: Change, operation: 'done' | 'unknown'): Promise<boolean> {
    const change = numbered(given);
    const [row]: Written = await this.database.query(sql.dispossess, [
      holder.connection,
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
    const attempt = newAttempt(lost, 'probe');
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

  async #unlessTaken(change: Change, write: () => Promise<Written>): Promise<Written> {
    try {
      return await write();
    } catch (error) {
      if (isUniqueViolation(error)) await requireFreeIds(this.database, change);
      throw error;
    }
  }
}
