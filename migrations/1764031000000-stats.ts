import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is counted of processes, from their events and behind them: how many stand where, and what each hour brought. */
export class Stats1764031000000 implements MigrationInterface {
  readonly name = 'Stats1764031000000';

  async up(runner: QueryRunner): Promise<void> {
    // The last event that is counted.
    await runner.query(`
      create table stats_mark (
        singleton boolean primary key default true check (singleton),
        written_in xid8 not null default '0',
        event_id uuid not null default '00000000-0000-0000-0000-000000000000'
      )`);
    await runner.query('insert into stats_mark default values');
    await runner.query(`
      create table stats_states (
        connection text not null,
        definition text not null,
        client_id uuid not null,
        state text not null,
        processes bigint not null,
        primary key (connection, definition, client_id, state)
      )`);
    await runner.query(`
      create table stats_hours (
        hour timestamptz not null,
        connection text not null,
        definition text not null,
        client_id uuid not null,
        started bigint not null,
        closed bigint not null,
        rejected bigint not null,
        indeterminate bigint not null,
        primary key (hour, connection, definition, client_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table stats_hours, stats_states, stats_mark');
  }
}
