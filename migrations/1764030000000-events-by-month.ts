import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = 'process_id, sequence, id, type, time, data, written_in';

/**
 * The history in a table for each month, so that one that nobody asks for any more is dropped as a whole. An event stands in
 * the month in which its process was accepted, which the process's id says: a history is never divided.
 *
 * What belongs to no month that was made ahead falls into `events_other` and is moved when its month is made.
 */
export class EventsByMonth1764030000000 implements MigrationInterface {
  readonly name = 'EventsByMonth1764030000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of functions) await runner.query(sql);
    await runner.query('alter table events rename to events_in_one');
    await runner.query('alter index events_pkey rename to events_in_one_pkey');
    await runner.query('alter index events_in_order rename to events_in_one_in_order');
    await runner.query(`
      create table events (
        process_id uuid not null,
        sequence int not null,
        id uuid not null,
        type text not null,
        time timestamptz not null,
        data jsonb not null,
        written_in xid8 not null default pg_current_xact_id(),
        primary key (process_id, sequence)
      ) partition by range (process_id)`);
    await runner.query('create index events_in_order on events (written_in, id)');
    await runner.query('create table events_other partition of events default');
    await runner.query(`
      select add_month_of_events(month)
      from (
        select date_trunc('month', time_of_id(process_id) at time zone 'UTC')::date as month from events_in_one
        union
        select date_trunc('month', now() at time zone 'UTC')::date
      ) months
      where month between date '2020-01-01' and now() at time zone 'UTC'
      order by month`);
    await runner.query(`insert into events (${columns}) select ${columns} from events_in_one`);
    await runner.query('drop table events_in_one');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table events rename to events_by_month');
    await runner.query('alter index events_pkey rename to events_by_month_pkey');
    await runner.query('alter index events_in_order rename to events_by_month_in_order');
    await runner.query('create table events (like events_by_month including defaults)');
    await runner.query('alter table events add primary key (process_id, sequence)');
    await runner.query('create index events_in_order on events (written_in, id)');
    await runner.query(`insert into events (${columns}) select ${columns} from events_by_month`);
    await runner.query('drop table events_by_month');
    await runner.query('drop function add_month_of_events, first_id_of, time_of_id');
  }
}

const functions = [
  // The lowest UUIDv7 of a moment; `uuid_extract_timestamp` came after the oldest PostgreSQL that is promised.
  `create function first_id_of(moment timestamptz) returns uuid language sql immutable strict parallel safe as $$
     select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
   $$`,
  `create function time_of_id(id uuid) returns timestamptz language sql immutable strict parallel safe as $$
     select to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
   $$`,
  /*
   * False: it was there. Attaching asks for locks that starts do not wait for, `events_other` aside, into which none falls
   * while months are made ahead. One replica at a time.
   */
  `create function add_month_of_events(month date) returns boolean language plpgsql as $$
   declare
     name text := 'events_' || to_char(month, 'YYYY_MM');
     low uuid := first_id_of(month::timestamp at time zone 'UTC');
     high uuid := first_id_of((month + interval '1 month') at time zone 'UTC');
   begin
     perform pg_advisory_xact_lock(4242760003);
     if to_regclass(name) is not null then return false; end if;
     lock table events_other in access exclusive mode;
     execute format('create table %I (like events including all)', name);
     execute format(
       'with moved as (delete from events_other where process_id >= %L and process_id < %L returning *)
        insert into %I select * from moved', low, high, name);
     execute format('alter table events attach partition %I for values from (%L) to (%L)', name, low, high);
     return true;
   end $$`,
];
