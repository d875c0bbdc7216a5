import { Client } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * What every session of the gateway goes by. `lock_timeout` bounds how long a repeated idempotency key waits for the first
 * one's commit, and who stops between a begin and its commit (a frozen replica) holds its locks no longer than ten seconds.
 */
const ofSessions = {
  lock_timeout: '2000',
  statement_timeout: '30000',
  idle_in_transaction_session_timeout: '10000',
  timezone: 'UTC',
} as const;

/**
 * Pins plans to indexes. A plan that is kept with its session outlives what was known of the tables when it was made, and a
 * multi-row statement, planned for 100 rows, would scan one that has grown since. `jit`: before PostgreSQL 18 a scan that
 * cannot be avoided costs so much by these that it would be compiled first.
 */
const ofPlans = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', jit: 'off' } as const;

/** The acceptance of a start writes its tags; whoever does not say so has them written by the trigger `keep_tags`. */
const ofAcceptance = { 'bpmgw.writes_tags': 'on' } as const;

/** The limits of a session that works through the schema as long as that takes. */
const ofMigrations = { lock_timeout: '0', statement_timeout: '0', idle_in_transaction_session_timeout: '0' } as const;

const optionsOf = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/** The settings as a startup packet carries them. */
export const writersOptions = optionsOf({ ...ofSessions, ...ofPlans, ...ofAcceptance });
export const readersOptions = optionsOf(ofSessions);
export const migrationOptions = optionsOf(ofMigrations);

/** Two replicas that alter one role at once would meet an error. */
const roleLock = 4_242_760_002;

/**
 * Gives the role of `directUrl` these settings in this database, for sessions that a transaction pooler opens: they take
 * none from us. What the role was given before stays.
 *
 * @returns the names that were set
 */
export async function keepRoleSettings(directUrl: string): Promise<readonly string[]> {
  const session = new Client({
    connectionString: directUrl,
    connectionTimeoutMillis: 10_000,
    options: migrationOptions,
  });
  session.on('error', () => {});
  await session.connect();
  try {
    await session.query('begin');
    await session.query('select pg_advisory_xact_lock($1)', [roleLock]);
    const { rows } = await session.query<{ name: string; statement: string }>(missingInRole, [
      Object.keys(ofSessions),
      Object.values(ofSessions),
    ]);
    for (const { statement } of rows) await session.query(statement);
    await session.query('commit');
    return rows.map(({ name }) => name);
  } finally {
    await session.end().catch(() => {});
  }
}

/** $1 names, $2 their values */
const missingInRole = `
  select wanted.name, format('alter role current_user in database %I set %I to %L', current_database(), name, value) as statement
  from unnest($1::text[], $2::text[]) as wanted (name, value)
  where not exists (
    select
    from pg_db_role_setting s
    join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
    join pg_roles r on r.oid = s.setrole and r.rolname = current_user
    cross join unnest(s.setconfig) as set (line)
    where lower(split_part(set.line, '=', 1)) = wanted.name)`;

/** Those of the settings that sessions lent by a pooler do not have. */
export async function missingInSession(database: DataSource): Promise<readonly string[]> {
  const rows = await database.query<{ name: string }[]>(
    `select name
     from pg_settings
     where lower(name) = any ($1::text[]) and (setting = '0' or lower(name) = 'timezone' and setting <> 'UTC')`,
    [Object.keys(ofSessions)],
  );
  return rows.map(({ name }) => name);
}
