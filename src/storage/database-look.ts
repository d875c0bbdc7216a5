import type { Hold } from '../processes/hold.js';
import type { Seen } from './database-mark.js';

/** One session, statement by statement. */
export type Session = <Row extends object>(statement: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Which functions of PostgreSQL this role may call. */
export interface Rights {
  /** `pg_control_system()`: the system identifier. */
  readonly control: boolean;
  /** `pg_current_wal_lsn()` and its like: the timeline and the position of the log. */
  readonly log: boolean;
}

/** What one look gives; `seen` is `null` while the server recovers, and takes no writes either. */
export interface Look {
  readonly seen: Seen | null;
  readonly hold: Hold | null;
}

interface LookRow {
  readonly recovers: boolean;
  readonly system_identifier: string | null;
  readonly timeline: string | null;
  readonly database_oid: string;
  readonly table_oid: string;
  readonly position: string | null;
  readonly flushed: string | null;
  readonly recorded_system_identifier: string | null;
  readonly recorded_timeline: string | null;
  readonly recorded_database_oid: string;
  readonly recorded_table_oid: string;
  readonly noted_at: string | null;
  readonly hold_id: string | null;
  readonly because: string;
  readonly noticed_at: Date;
}

// Functions of the log refuse to work while the server recovers.
const statementFor = ({ control, log }: Rights): string => `
  select
    server.recovers,
    ${control ? '(select c.system_identifier::text from pg_control_system() c)' : 'null'} as system_identifier,
    ${ofLog(log, 'left(pg_walfile_name(pg_current_wal_lsn()), 8)')} as timeline,
    ${ofLog(log, `(pg_current_wal_flush_lsn() - '0/0')::text`)} as flushed,
    ${ofLog(log, `(pg_current_wal_lsn() - '0/0')::text`)} as position,
    (select d.oid::text from pg_database d where d.datname = current_database()) as database_oid,
    'database_marks'::regclass::oid::text as table_oid,
    nullif(m.system_identifier, '') as recorded_system_identifier,
    nullif(m.timeline, '') as recorded_timeline,
    m.database_oid::text as recorded_database_oid,
    m.table_oid::text as recorded_table_oid,
    (extract(epoch from m.noted_at) * 1000000)::bigint::text as noted_at,
    h.id as hold_id,
    h.because,
    h.noticed_at
  from (select pg_is_in_recovery() as recovers) server
  left join database_marks m on true
  left join database_holds h on h.released_at is null`;

function ofLog(may: boolean, expression: string): string {
  return may ? `case when server.recovers then null else ${expression} end` : 'null';
}

/** The database as it is now, its mark and the hold that is open. */
export async function look(session: Session, rights: Rights): Promise<Look> {
  const [row] = await session<LookRow>(statementFor(rights));
  if (!row) throw new Error('A look without conditions gives a row');
  return { seen: row.recovers ? null : seenOf(row), hold: holdOf(row) };
}

/** What the role may call, found out by calling it; not inside a transaction. */
export async function rightsOf(session: Session): Promise<Rights> {
  return {
    control: await mayCall(session, 'select from pg_control_system()'),
    log: await mayCall(
      session,
      `select case when not pg_is_in_recovery()
        then pg_walfile_name(pg_current_wal_lsn()) || pg_current_wal_flush_lsn() end`,
    ),
  };
}

async function mayCall(session: Session, statement: string): Promise<boolean> {
  try {
    await session(statement);
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  }
}

// Not permitted; not supported by this product; no such function in it.
const denials: ReadonlySet<unknown> = new Set(['42501', '0A000', '42883']);

/** Whether an error says that a function may not be called here. */
export function isDenied(error: unknown): boolean {
  const driver: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return driver instanceof Error && 'code' in driver && denials.has(driver.code);
}

function seenOf(row: LookRow): Seen {
  return {
    mark: {
      systemIdentifier: row.system_identifier,
      timeline: row.timeline,
      databaseOid: row.database_oid,
      tableOid: row.table_oid,
    },
    recorded: row.noted_at === null ? null : { ...recordedOf(row), notedAt: BigInt(row.noted_at) },
    position: bytes(row.position),
    flushed: bytes(row.flushed),
  };
}

function recordedOf(row: LookRow): Seen['mark'] {
  return {
    systemIdentifier: row.recorded_system_identifier,
    timeline: row.recorded_timeline,
    databaseOid: row.recorded_database_oid,
    tableOid: row.recorded_table_oid,
  };
}

function holdOf({ hold_id, because, noticed_at }: LookRow): Hold | null {
  return hold_id === null ? null : { id: hold_id, because, noticedAt: noticed_at };
}

function bytes(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}
