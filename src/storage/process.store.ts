import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { storableText } from '../lib/storable-text.js';
import type { Claimed, Intended, Lease } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import {
  KeyInProgress,
  LeaseLost,
  StaleRevision,
  type Acceptance,
  type Accepted,
  type Command,
  type CommandAccepted,
  type News,
  type ProcessStore,
  type Settlement,
} from '../processes/process.store.js';
import * as claims from './claim.sql.js';
import { toColumns, type Row } from './columns.js';
import { isDatabaseTrouble, isLockTimeout } from './database-trouble.js';
import { acceptStart } from './process-acceptance.js';
import { json } from './process-json.js';
import {
  attemptOf,
  attemptRow,
  claimedOf,
  eventRows,
  photograph,
  processRow,
  type ClaimedRow,
} from './process-rows.js';
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
    try {
      return await acceptStart(this.database, acceptance, this.leaseSeconds);
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(acceptance.key.key, { cause: error });
      if (!isDatabaseTrouble(error)) throw error;
      // The commit whose answer was lost may have happened: the same rows again find out.
      return acceptStart(this.database, acceptance, this.leaseSeconds);
    }
  }

  async command(command: Command): Promise<CommandAccepted> {
    try {
      return await this.#insertCommand(command);
    } catch (error) {
      throw isLockTimeout(error) ? new KeyInProgress(command.key.key, { cause: error }) : error;
    }
  }

  async #insertCommand(command: Command): Promise<CommandAccepted> {
    const { operation, key, news, withdraws, answer } = command;
    const process = numbered(command.process, news);
    const [row]: Written = await this.database.query(sql.acceptCommand, [
      key.clientId,
      key.key,
      key.fingerprint,
      json(toColumns({ ...operation, state: answer ? 'done' : operation.state, fencingToken: 0 })),
      json(processRow(process)),
      command.fromRevision,
      json(eventRows(process, news)),
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
    const [rows] = await this.database.query<[ClaimedRow[], number]>(claims.claimDue, [
      [...slots.keys()],
      [...slots.values()],
      leaseSeconds,
    ]);
    return rows.map(claimedOf);
  }

  async takeExpired(limit: number, leaseSeconds: number): Promise<readonly Claimed[]> {
    const [rows] = await this.database.query<[ClaimedRow[], number]>(claims.claimExpired, [limit, leaseSeconds]);
    return rows.map(claimedOf);
  }

  async takeAbandoned(limit: number, leaseSeconds: number, own: readonly Lease[]): Promise<readonly Intended[]> {
    const [rows] = await this.database.query<[(ClaimedRow & { readonly attempt: Row })[], number]>(
      claims.claimAbandoned,
      [limit, leaseSeconds, own.map(({ operationId }) => operationId)],
    );
    return rows.map((row) => ({ ...claimedOf(row), attempt: attemptOf(row.attempt), issuedAtMs: 0 }));
  }

  async intend(claimed: Claimed, moved: Process, news: readonly News[]): Promise<Intended | null> {
    const process = numbered(moved, news);
    const issuedAtMs = performance.now();
    const number = claimed.operation.attempts + 1;
    const attempt = {
      id: uuidv7(),
      operationId: claimed.operation.id,
      processId: process.id,
      number,
      kind: 'send' as const,
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
      json(attemptRow(attempt, claimed, claimed.lease.fencingToken)),
      json(processRow(process)),
      json(eventRows(process, news)),
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
      storableText(attempt?.nativeId ?? null),
      attempt?.nativeFault ? json(attempt.nativeFault) : null,
      storableText(attempt?.message ?? null),
      operation.state,
      operation.retryAfterMs ?? 0,
      json(processRow(process)),
      json(eventRows(process, news)),
      answer && photograph(process, answer),
    ]);
    if (row?.written === 1) return process;
    await this.#explainUnsettled(settlement);
    throw new StaleRevision(`Process ${process.id} has changed`);
  }

  async renew(leases: readonly Lease[], leaseSeconds: number): Promise<void> {
    const ids = leases.map((lease) => lease.operationId);
    const tokens = leases.map((lease) => String(lease.fencingToken));
    await this.database.query(claims.renewLeases, [ids, tokens, leaseSeconds]);
  }

  async observe(observed: Process, fromRevision: number, news: readonly News[]): Promise<Process> {
    const process = numbered(observed, news);
    const [row]: Written = await this.database.query(sql.observe, [
      json(processRow(process)),
      process.id,
      fromRevision,
      json(eventRows(process, news)),
      categoryOf[process.state] === 'closed' ? photograph(process, { word: 'confirmed', extra: null }) : null,
    ]);
    if (row?.written !== 1) throw new StaleRevision(`Process ${process.id} has changed`);
    return process;
  }

  async #explainUnsettled({ lease, attempt }: Settlement): Promise<void> {
    const [row] = await this.database.query<{ mine: boolean }[]>(
      `select fencing_token = $2::bigint and lease_until is not null as mine from operations where id = $1::uuid`,
      [lease.operationId, String(lease.fencingToken)],
    );
    if (row?.mine) return;
    if (attempt) {
      const { id, nativeId, nativeFault, message } = attempt;
      const learnt = [storableText(nativeId), nativeFault && json(nativeFault), storableText(message)];
      await this.database.query(sql.keepLateAnswer, [id, attempt.class, ...learnt]);
    }
    throw new LeaseLost(`Operation ${lease.operationId} was taken over`);
  }
}

function numbered(process: Process, news: readonly News[]): Process {
  return { ...process, lastSequence: process.lastSequence + news.length };
}
