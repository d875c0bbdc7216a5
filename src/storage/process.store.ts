import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { Claimed, Intended, Lease } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import {
  LeaseLost,
  StaleRevision,
  type Acceptance,
  type Accepted,
  type Command,
  type News,
  type ProcessStore,
  type Settlement,
} from '../processes/process.store.js';
import { toColumns, type Row } from './columns.js';
import { attemptOf, operationOf, processOf, processRow, progressOf } from './process-rows.js';
import { rememberedKey } from './process.reader.js';
import * as sql from './process.sql.js';

type Written = readonly { readonly written: number; readonly held?: number }[];

/** The protocol of an operation in Postgres: one statement, and so one commit, a method. */
export class PostgresProcessStore implements ProcessStore {
  constructor(
    private readonly database: DataSource,
    private readonly leaseSeconds: number,
  ) {}

  async accept(acceptance: Acceptance): Promise<Accepted> {
    if (acceptance.businessKey === 'allow') return this.#insertStart(this.database.manager, acceptance);
    return this.database.transaction(async (transaction) => {
      const taken = await this.#businessKeyHolder(transaction, acceptance.process);
      if (taken !== null) return { outcome: 'business_key_taken', processId: taken };
      return this.#insertStart(transaction, acceptance);
    });
  }

  async command(command: Command): Promise<Exclude<Accepted, { outcome: 'business_key_taken' }>> {
    const { operation, key, news, withdraws, answer } = command;
    const process = numbered(command.process, news);
    const [row]: Written = await this.database.query(sql.acceptCommand, [
      key.clientId,
      key.key,
      key.fingerprint,
      JSON.stringify(toColumns({ ...operation, state: answer ? 'done' : operation.state, fencingToken: 0 })),
      JSON.stringify(processRow(process)),
      command.fromRevision,
      JSON.stringify(eventRows(process, news)),
      withdraws,
      answer && photograph(process, answer),
      withdraws && photograph(process, { word: 'unsent', extra: null }),
    ]);
    if (row?.written === 1) return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken: 0n } };
    const remembered = await rememberedKey(this.database, key.clientId, key.key);
    if (!remembered) throw new StaleRevision(`Process ${process.id} has changed`);
    return { outcome: 'known', remembered };
  }

  async claim(slots: ReadonlyMap<string, number>, leaseSeconds: number): Promise<readonly Claimed[]> {
    const [rows] = await this.database.query<[Row[], number]>(sql.claimDue, [
      [...slots.keys()],
      [...slots.values()],
      leaseSeconds,
    ]);
    return rows.map(claimedOf);
  }

  async takeExpired(limit: number, leaseSeconds: number): Promise<readonly Claimed[]> {
    const [rows] = await this.database.query<[Row[], number]>(sql.claimExpired, [limit, leaseSeconds]);
    return rows.map(claimedOf);
  }

  async takeAbandoned(limit: number, leaseSeconds: number): Promise<readonly Intended[]> {
    const [rows] = await this.database.query<[Row[], number]>(sql.claimAbandoned, [limit, leaseSeconds]);
    return rows.map((row) => ({ ...claimedOf(row), attempt: attemptOf(row['attempt'] as Row), issuedAtMs: 0 }));
  }

  async intend(claimed: Claimed, process: Process): Promise<Intended | null> {
    const issuedAtMs = performance.now();
    const number = claimed.operation.attempts + 1;
    const attempt = {
      id: uuidv7(),
      operationId: claimed.operation.id,
      processId: process.id,
      number,
      class: null,
      sentAt: new Date(),
      answeredAt: null,
      nativeId: null,
      nativeFault: null,
      message: null,
    };
    const [row]: Written = await this.database.query(sql.intend, [
      claimed.operation.id,
      String(claimed.lease.fencingToken),
      claimed.process.revision,
      JSON.stringify(toColumns({ ...attempt, fencingToken: String(claimed.lease.fencingToken) })),
      JSON.stringify(processRow(process)),
    ]);
    if (row?.written !== 1) return null;
    const operation = { ...claimed.operation, state: 'sending' as const, attempts: number };
    return { operation, process, lease: claimed.lease, attempt, issuedAtMs };
  }

  async settle(settlement: Settlement): Promise<Process> {
    const { lease, attempt, operation, news, answer } = settlement;
    const process = numbered(settlement.process, news);
    const [row]: Written = await this.database.query(sql.settle, [
      lease.operationId,
      String(lease.fencingToken),
      settlement.fromRevision,
      attempt?.id ?? null,
      attempt?.class ?? null,
      attempt?.nativeId ?? null,
      attempt?.nativeFault ?? null,
      attempt?.message ?? null,
      operation.state,
      operation.retryAfterMs ?? 0,
      JSON.stringify(processRow(process)),
      JSON.stringify(eventRows(process, news)),
      answer && photograph(process, answer),
    ]);
    if (row?.written === 1) return process;
    await this.#explainUnsettled(settlement);
    throw new StaleRevision(`Process ${process.id} has changed`);
  }

  async postpone(claimed: Claimed, process: Process, retryAfterMs: number): Promise<void> {
    await this.settle({
      lease: claimed.lease,
      attempt: null,
      operation: { state: 'queued', retryAfterMs },
      process,
      fromRevision: claimed.process.revision,
      news: [],
      answer: null,
    });
  }

  async renew(leases: readonly Lease[], leaseSeconds: number): Promise<void> {
    const ids = leases.map((lease) => lease.operationId);
    const tokens = leases.map((lease) => String(lease.fencingToken));
    await this.database.query(sql.renewLeases, [ids, tokens, leaseSeconds]);
  }

  async observe(observed: Process, fromRevision: number, news: readonly News[]): Promise<Process> {
    const process = numbered(observed, news);
    const [row]: Written = await this.database.query(sql.observe, [
      JSON.stringify(processRow(process)),
      process.id,
      fromRevision,
      JSON.stringify(eventRows(process, news)),
    ]);
    if (row?.written !== 1) throw new StaleRevision(`Process ${process.id} has changed`);
    return process;
  }

  async #insertStart(executor: Pick<EntityManager, 'query'>, acceptance: Acceptance): Promise<Accepted> {
    const { process, operation, key, intent, news } = acceptance;
    const fencingToken = intent ? 1n : 0n;
    const [row]: Written = await executor.query(sql.acceptStart, [
      key.clientId,
      key.key,
      key.fingerprint,
      JSON.stringify(processRow(process)),
      JSON.stringify(toColumns({ ...operation, fencingToken: String(fencingToken) })),
      intent ? this.leaseSeconds : null,
      intent && JSON.stringify(toColumns({ ...intent.attempt, fencingToken: String(fencingToken) })),
      uuidv7(),
      news,
    ]);
    if (row?.written === 1) return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken } };
    const remembered = await rememberedKey(executor, key.clientId, key.key);
    if (!remembered) throw new Error(`Key of operation ${operation.id} was taken and is gone`);
    return { outcome: 'known', remembered };
  }

  /** Serializes starts with one business key, and says which process holds it; `null`: none. */
  async #businessKeyHolder(transaction: EntityManager, process: Process): Promise<string | null> {
    const scope = [process.connection, process.definition, process.businessKey];
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(scope)]);
    const [holder] = await transaction.query<{ id: string }[]>(
      `select id
       from processes
       where connection = $1 and definition = $2 and business_key = $3 and category <> 'closed'
       order by id desc
       limit 1`,
      scope,
    );
    return holder?.id ?? null;
  }

  async #explainUnsettled({ lease, attempt }: Settlement): Promise<void> {
    const [row] = await this.database.query<{ mine: boolean }[]>(
      `select o.fencing_token = $2::bigint and ($3::uuid is null or a.class is null) as mine
       from operations o
       left join attempts a on a.id = $3::uuid
       where o.id = $1::uuid`,
      [lease.operationId, String(lease.fencingToken), attempt?.id ?? null],
    );
    if (row?.mine) return;
    if (attempt) {
      const { id, nativeId, nativeFault, message } = attempt;
      await this.database.query(sql.keepLateAnswer, [id, attempt.class, nativeId, nativeFault, message]);
    }
    throw new LeaseLost(`Operation ${lease.operationId} was taken over`);
  }
}

function claimedOf(row: Row): Claimed {
  const operationRow = row['operation'] as Row;
  const operation = operationOf(operationRow);
  const fencingToken = BigInt(operationRow['fencing_token'] as number);
  return { operation, process: processOf(row['process'] as Row), lease: { operationId: operation.id, fencingToken } };
}

function numbered(process: Process, news: readonly News[]): Process {
  return { ...process, lastSequence: process.lastSequence + news.length };
}

function eventRows(process: Process, news: readonly News[]): object[] {
  const first = process.lastSequence - news.length + 1;
  return news.map(({ type, data }, at) => ({ process_id: process.id, sequence: first + at, id: uuidv7(), type, data }));
}

function photograph(process: Process, answer: Omit<FinalAnswer, 'progress'>): string {
  return JSON.stringify({ ...answer, progress: progressOf(process) });
}
