import type { Client } from 'pg';

/** What the database wrote and holds; since another moment, for each start. */
export interface Stored {
  /** Of the log, the full pages in it included. */
  readonly walBytes: number;
  readonly fullPages: number;
  /** Tables with their indexes. */
  readonly diskBytes: number;
  /** Rows that were inserted. */
  readonly rows: number;
}

const now = `
  select w.wal_bytes::float8 as "walBytes", w.wal_fpi::float8 as "fullPages",
    (select sum(pg_total_relation_size(relid))::float8 from pg_stat_user_tables) as "diskBytes",
    (select sum(n_tup_ins)::float8 from pg_stat_user_tables) as rows
  from pg_stat_wal w`;

/** @param since  `null`: since ever */
export async function stored(
  client: Client,
  since: { readonly of: Stored; readonly starts: number } | null,
): Promise<Stored> {
  // Sessions tell their counts a moment after they rest.
  await client.query('select pg_sleep(1.5)');
  const { rows } = await client.query<Stored>(now);
  const [at] = rows;
  if (!at) throw new Error('PostgreSQL counts nothing');
  if (!since) return at;
  const each = (later: number, earlier: number): number => (later - earlier) / since.starts;
  return {
    walBytes: each(at.walBytes, since.of.walBytes),
    fullPages: each(at.fullPages, since.of.fullPages),
    diskBytes: each(at.diskBytes, since.of.diskBytes),
    rows: each(at.rows, since.of.rows),
  };
}
