import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is done now and then by one replica at a time, and how a month of history goes. */
export class Retention1764033000000 implements MigrationInterface {
  readonly name = 'Retention1764033000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table house_work (
        name text primary key,
        due_at timestamptz not null default '-infinity'
      )`);
    await runner.query(dropMonth);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function drop_month_of_events');
    await runner.query('drop table house_work');
  }
}

/**
 * The events of processes that are still there are carried over, while nobody writes into the month. Detaching waits for
 * whoever reads events, and everybody for it, so whoever calls this sets `lock_timeout`.
 *
 * none: there is no such month. kept: more processes of it are there than should be carried. carried: those that are there
 * stay. dropped: the whole month is gone.
 */
const dropMonth = `
  create function drop_month_of_events(month date, most_kept int) returns text language plpgsql as $$
  declare
    name text := 'events_' || to_char(month, 'YYYY_MM');
    low uuid := first_id_of(month::timestamp at time zone 'UTC');
    high uuid := first_id_of((month + interval '1 month') at time zone 'UTC');
    kept int;
  begin
    perform pg_advisory_xact_lock(4242760003);
    if to_regclass(name) is null then return 'none'; end if;
    execute format('lock table %I in share row exclusive mode', name);
    select count(*) into kept from (select from processes where id >= low and id < high limit most_kept + 1) found;
    if kept > most_kept then return 'kept'; end if;
    if kept > 0 then
      execute format('create table %I (like events including all)', name || '_kept');
      execute format(
        'insert into %I select e.* from processes p join %I e on e.process_id = p.id where p.id >= %L and p.id < %L',
        name || '_kept', name, low, high);
    end if;
    execute format('alter table events detach partition %I', name);
    execute format('drop table %I', name);
    if kept = 0 then return 'dropped'; end if;
    execute format('alter table %I rename to %I', name || '_kept', name);
    execute format('alter table events attach partition %I for values from (%L) to (%L)', name, low, high);
    return 'carried';
  end $$`;
