/**
 * One replica at a time notes or notices; looks go on meanwhile. Large tables may take their time, and the connection that
 * waits for this is given to nobody before.
 */
export const beginNotice = [
  'begin',
  `set local lock_timeout = '20s'`,
  `set local statement_timeout = '120s'`,
  'lock table database_marks in share row exclusive mode',
];

/**
 * Whoever writes operations has either ended before this lock, and is voided, or reads only after the commit that there is
 * a hold: PostgreSQL takes a statement's locks before its snapshot.
 */
export const lockOperations = 'lock table operations in share row exclusive mode';

const writeMark = `
    insert into database_marks (system_identifier, timeline, database_oid, table_oid)
    values (coalesce($1, ''), coalesce($2, ''), $3::bigint, $4::bigint)
    on conflict (singleton) do update
    set system_identifier = excluded.system_identifier,
        timeline = excluded.timeline,
        database_oid = excluded.database_oid,
        table_oid = excluded.table_oid,
        noted_at = greatest(clock_timestamp(), database_marks.noted_at + interval '1 microsecond')`;

/** $1 system identifier or null, $2 timeline or null, $3 database, $4 table */
export const note = writeMark;

/**
 * A hold, its incident, no claim from before, and the mark as it is now.
 *
 * A fencing token holds the seconds of 2026 and later above 22 bits, so that the tokens after two restores of the same
 * state differ as well; with them it stays below 2^53, which JSON's numbers hold.
 *
 * $1 to $4 as above, $5 id of the hold, $6 because, $7 id of the incident
 */
export const notice = `
  with mark as (${writeMark}
  ), incident as (
    insert into incidents (id, kind) values ($7::uuid, 'database-restored')
    on conflict do nothing
  ), voided as (
    update operations
    set fencing_token = greatest(
          fencing_token + (1::bigint << 22),
          (extract(epoch from clock_timestamp())::bigint - extract(epoch from timestamptz '2026-01-01Z')::bigint) << 22),
        lease_until = case when lease_until is null then null else clock_timestamp() end
    where state in ('queued', 'sending', 'unknown')
  )
  insert into database_holds (id, because) values ($5::uuid, $6)
  on conflict ((true)) where released_at is null
  do update set because = excluded.because, noticed_at = clock_timestamp()
  returning id, because, noticed_at`;
