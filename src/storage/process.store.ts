import type { DataSource } from 'typeorm';
import type { Change } from '../processes/change.js';
import type { Claimed, Intended, Lease } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import { categoryOf } from '../processes/process-state.js';
import {
  KeyInProgress,
  StaleRevision,
  type Acceptance,
  type Accepted,
  type Command,
  type CommandAccepted,
  type Intention,
  type JoinedStop,
  type Joining,
  type IntentTerms,
  type ProcessStore,
  type Room,
  type Settlement,
} from '../processes/process.store.js';
import * as claims from './claim.sql.js';
import { toColumns, type Row } from './columns.js';
import { isDatabaseTrouble, isLockTimeout } from './database-trouble.js';
import { joinStop, StartAcceptance } from './process-acceptance.js';
import { json } from './process-json.js';
import { changeRow, numbered, type Delays } from './change-rows.js';
import { attemptOf, claimedOf, photograph, type ClaimedRow } from './process-rows.js';
import { rememberedKey } from './process.reader.js';
import { Intents } from './intents.js';
import { Settlements } from './settlements.js';
import * as sql from './process.sql.js';

interface AbandonedRow extends ClaimedRow {
  readonly attempt: Row;
  /** What is kept on it says that nothing ran, and counts for nothing since the database was put back. */
  readonly proves_nothing: boolean;
}

type Written = readonly { readonly written: number }[];

/** The protocol of an operation in Postgres: one statement, and so one commit, a method. */
export class PostgresProcessStore implements ProcessStore {
  readonly #starts: StartAcceptance;
  readonly #intents: Intents;
  readonly #settlements: Settlements;

  constructor(
    private readonly database: DataSource,
    leaseSeconds: number,
    private readonly delays: Delays,
  ) {
    this.#starts = new StartAcceptance(database, leaseSeconds);
    this.#intents = new Intents(database, delays);
    this.#settlements = new Settlements(database, delays);
  }

  async accept(acceptance: Acceptance): Promise<Accepted> {
    try {
      return await this.#starts.accept(acceptance);
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(acceptance.key.key, { cause: error });
      if (!isDatabaseTrouble(error)) throw error;
      // The commit whose answer was lost may have happened: the same rows again find out.
      return this.#starts.accept(acceptance);
    }
  }

  async command(command: Command): Promise<CommandAccepted> {
    try {
      return await this.#insertCommand(command);
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(command.key.key, { cause: error });
      if (!isDatabaseTrouble(error)) throw error;
      return this.#insertCommand(command);
    }
  }

  async join(joining: Joining): Promise<JoinedStop> {
    try {
      return await joinStop(this.database.manager, joining);
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(joining.key.key, { cause: error });
      if (!isDatabaseTrouble(error)) throw error;
      return joinStop(this.database.manager, joining);
    }
  }

  async #insertCommand({ operation, key, takesBack, answer, ...given }: Command): Promise<CommandAccepted> {
    const change = numbered(given.change);
    const { process } = change;
    const [row]: Written = await this.database.query(sql.acceptCommand, [
      key.clientId,
      key.key,
      key.fingerprint,
      json(toColumns({ ...operation, state: answer ? 'done' : operation.state, fencingToken: 0 })),
      changeRow(change, this.delays),
      change.fromRevision,
      takesBack?.operationId ?? null,
      takesBack?.to ?? null,
      answer && photograph(process, answer),
      takesBack?.to === 'done' ? photograph(process, { word: 'unsent', extra: null }) : null,
    ]);
    if (row?.written === 1) return accepted(operation.id);
    const remembered = await rememberedKey(this.database, key.clientId, key.key);
    if (!remembered) throw new StaleRevision(`Process ${process.id} has changed`);
    // Its own rows: the commit whose answer was lost had happened.
    if (remembered.operationId === operation.id) return accepted(operation.id);
    return { outcome: 'known', remembered };
  }

  async claim(rooms: readonly Room[], leaseSeconds: number): Promise<readonly Claimed[]> {
    const [rows] = await this.database.query<[ClaimedRow[], number]>(claims.claimDue, [
      rooms.map(({ connection }) => connection),
      rooms.map(({ starts }) => starts),
      rooms.map(({ commands }) => commands),
      rooms.map(({ lifeSeconds }) => lifeSeconds),
      leaseSeconds,
    ]);
    return rows.map(claimedOf);
  }

  async takeExpired(limit: number, leaseSeconds: number): Promise<readonly Claimed[]> {
    const [rows] = await this.database.query<[ClaimedRow[], number]>(claims.claimExpired, [limit, leaseSeconds]);
    return rows.map(claimedOf);
  }

  async takeAbandoned(limit: number, leaseSeconds: number, own: readonly Lease[]): Promise<readonly Intended[]> {
    const [rows] = await this.database.query<[AbandonedRow[], number]>(claims.claimAbandoned, [
      limit,
      leaseSeconds,
      own.map(({ operationId }) => operationId),
    ]);
    return rows.map((row) => {
      const attempt = attemptOf(row.attempt);
      const known = row.proves_nothing ? 'unknown' : attempt.class;
      return { ...claimedOf(row), attempt: { ...attempt, class: known }, issuedAtMs: 0 };
    });
  }

  intend(claimed: Claimed, change: Change, terms: IntentTerms): Promise<Intention> {
    return this.#intents.intend(claimed, change, terms);
  }

  settle(settlement: Settlement): Promise<Process> {
    return this.#settlements.settle(settlement);
  }

  async renew(leases: readonly Lease[], leaseSeconds: number): Promise<void> {
    const ids = leases.map((lease) => lease.operationId);
    const tokens = leases.map((lease) => String(lease.fencingToken));
    await this.database.query(claims.renewLeases, [ids, tokens, leaseSeconds]);
  }

  async observe(given: Change): Promise<Process> {
    const change = numbered(given);
    const { process } = change;
    const isClosed = categoryOf[process.state] === 'closed';
    const [row]: Written = await this.database.query(sql.observe, [
      process.id,
      change.fromRevision,
      changeRow(change, this.delays),
      isClosed ? photograph(process, { word: 'confirmed', extra: null }) : null,
    ]);
    if (row?.written !== 1) throw new StaleRevision(`Process ${process.id} has changed`);
    return process;
  }
}

function accepted(operationId: string): CommandAccepted {
  return { outcome: 'accepted', lease: { operationId, fencingToken: 0n } };
}
