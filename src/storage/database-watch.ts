import type { PoolClient, QueryResultRow } from 'pg';
import { uuidv7 } from '../lib/uuid.js';
import type { Log } from '../lib/log.js';
import type { Hold } from '../processes/hold.js';
import { isDenied, look, rightsOf, type Look, type Rights, type Session } from './database-look.js';
import { differencesOf, remember, type Difference, type Mark, type Remembered, type Seen } from './database-mark.js';
import * as sql from './database-mark.sql.js';
import { DatabaseUnchecked } from './database-trouble.js';

/** How a pool asks whether a new connection may be given to anybody. */
export type Verify = (client: PoolClient, done: (error?: Error) => void) => void;

/** Why a hold is opened, or what is noted; `null`: nothing has to be written. */
type Finding = { readonly holdBecause: string } | { readonly note: 'first' | 'failed-over' | 'completed' };

/**
 * Notices that the database is not the one of before, or an older state of it: on every new connection before it is
 * handed over, and whenever it is asked to look. What this replica has seen is kept here, so it is one for each pool.
 */
export class DatabaseWatch {
  #rights: Rights = { control: true, log: true };
  #remembered: Remembered | null = null;

  /** @param failover  `trust`: a new timeline alone is noted and nothing else */
  constructor(
    private readonly failover: 'hold' | 'trust',
    private readonly log: Log,
  ) {}

  readonly verify: Verify = (client, done) => {
    void this.#answer(client, done, readOnly);
  };

  /** The same for connections to a transaction pooler. */
  readonly verifyLent: Verify = (client, done) => {
    void this.#answer(client, done, refuse);
  };

  /**
   * Looks now, and opens a hold where there is a difference.
   *
   * @returns the hold that is open
   */
  async look(session: Session): Promise<Hold | null> {
    const { hold } = await this.#lookAt(session);
    return hold;
  }

  /** Opens a hold, or notices the open one anew, whether or not there is a difference. */
  async open(session: Session, because: string): Promise<Hold> {
    const { hold } = await this.#settle(session, (seen, before) => ({
      holdBecause: [because, ...differencesOf(seen, before).map(({ words }) => words)].join(' '),
    }));
    if (!hold) throw new Error('A notice without a hold');
    return hold;
  }

  async #answer(client: PoolClient, done: (error?: Error) => void, whileRecovering: WhileRecovering): Promise<void> {
    // Without a listener an error of the socket would end the process; nobody else listens yet.
    client.on('error', ignore);
    const faults = await this.#check(client, whileRecovering).then(
      () => [],
      (cause: unknown) => [new DatabaseUnchecked(cause)],
    );
    client.off('error', ignore);
    // What the one who waits for the connection throws is not ours to catch.
    setImmediate(done, ...faults);
  }

  async #check(client: PoolClient, whileRecovering: WhileRecovering): Promise<void> {
    const { seen } = await this.#lookAt(sessionOf(client));
    if (!seen) await whileRecovering(client);
  }

  async #lookAt(session: Session): Promise<Look> {
    // What was remembered before the question: answers to others that were asked later may be heard before this one's.
    const before = this.#remembered;
    const first = await this.#permitted(session);
    if (!first.seen) return first;
    if (this.#findingOf(first.seen, before)) return this.#settle(session, (...given) => this.#findingOf(...given));
    this.#keep(first.seen);
    return first;
  }

  #findingOf(seen: Seen, before: Remembered | null): Finding | null {
    const differences = differencesOf(seen, before);
    if (this.failover === 'trust' && differences.length > 0 && differences.every(({ of }) => of === 'timeline')) {
      return { note: 'failed-over' };
    }
    if (differences.length > 0) return { holdBecause: sentences(differences) };
    if (!seen.recorded) return { note: 'first' };
    return isFuller(seen.mark, seen.recorded) ? { note: 'completed' } : null;
  }

  /** Looks again where nobody else notices meanwhile, and writes what is still found. */
  async #settle(session: Session, findingOf: (seen: Seen, before: Remembered | null) => Finding | null): Promise<Look> {
    await this.#permitted(session);
    try {
      for (const statement of sql.beginNotice) await session(statement);
      const before = this.#remembered;
      const { seen, hold } = await look(session, this.#rights);
      const finding = seen && findingOf(seen, before);
      const opened = finding ? await write(session, seen, finding) : null;
      const after = await look(session, this.#rights);
      await session('commit');
      if (finding) this.#tell(finding, opened);
      // Also where the clock went back and the mark looks older than the one that was kept.
      this.#remembered = null;
      if (after.seen) this.#keep(after.seen);
      return { seen: after.seen, hold: opened ?? hold };
    } catch (error) {
      await session('rollback').catch(() => {});
      throw error;
    }
  }

  #keep({ recorded, flushed }: Seen): void {
    if (recorded) this.#remembered = remember(recorded, flushed, this.#remembered);
  }

  async #permitted(session: Session): Promise<Look> {
    try {
      return await look(session, this.#rights);
    } catch (error) {
      if (!isDenied(error)) throw error;
      const rights = await rightsOf(session);
      if (rights.control && rights.log) throw error;
      this.#rights = rights;
      this.log.warn('database.mark-incomplete', { ...this.#rights, remedy });
      return look(session, this.#rights);
    }
  }

  #tell(finding: Finding, opened: Hold | null): void {
    if (opened) this.log.error('database.restored', { holdId: opened.id, because: opened.because });
    else if ('note' in finding)
      this.log[finding.note === 'first' ? 'info' : 'warn']('database.noted', { because: finding.note });
  }
}

function ignore(): void {}

/** What becomes of a connection to a server that recovers. */
type WhileRecovering = (client: PoolClient) => Promise<void>;

/** A promotion would make it writable unchecked, so it stays read-only and is used once. */
async function readOnly(client: PoolClient): Promise<void> {
  await client.query('set session characteristics as transaction read only');
  const release = client.release.bind(client);
  client.release = (error) => release(error ?? true);
}

/** What is set in a lent session would stay for whoever it is lent to next, also when the server has been promoted. */
async function refuse(): Promise<void> {
  throw new Error('the server still recovers');
}

const remedy =
  'Where control is false: grant execute on function pg_control_system() to the role of DATABASE_URL, or a cluster that ' +
  'was made anew is known only by its oids. Where log is false, the same for pg_current_wal_lsn(), ' +
  'pg_current_wal_flush_lsn() and pg_walfile_name(text), or neither a failover nor an older data directory is noticed.';

async function write(session: Session, seen: Seen, finding: Finding): Promise<Hold | null> {
  const { systemIdentifier, timeline, databaseOid, tableOid } = seen.mark;
  const mark = [
    // What cannot be asked at the moment is not forgotten.
    systemIdentifier ?? seen.recorded?.systemIdentifier ?? null,
    timeline ?? seen.recorded?.timeline ?? null,
    databaseOid,
    tableOid,
  ];
  if ('note' in finding) {
    await session(sql.note, mark);
    return null;
  }
  await session(sql.lockOperations);
  const values = [...mark, uuidv7(), finding.holdBecause, uuidv7()];
  const [row] = await session<{ id: string; because: string; noticed_at: Date }>(sql.notice, values);
  return row ? { id: row.id, because: row.because, noticedAt: row.noticed_at } : null;
}

function isFuller(mark: Mark, recorded: Mark): boolean {
  return (
    (recorded.systemIdentifier === null && mark.systemIdentifier !== null) ||
    (recorded.timeline === null && mark.timeline !== null)
  );
}

function sentences(differences: readonly Difference[]): string {
  return ['This is not the database of before.', ...differences.map(({ words }) => words)].join(' ');
}

function sessionOf(client: PoolClient): Session {
  return async <Row extends object>(statement: string, values: readonly unknown[] = []) => {
    const { rows } = await client.query<Row & QueryResultRow>(statement, [...values]);
    return rows;
  };
}
