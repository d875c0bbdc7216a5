import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Looks at open runs in rounds, in the order of their ids: where the round of a connection stands, and which runs a look has
 * found as they were, a line for the look and not one for each run.
 *
 * What is due is found by indexes of their own, each of no more rows than wait for something.
 */
export class LooksByRound1764051000000 implements MigrationInterface {
  readonly name = 'LooksByRound1764051000000';

  async up(runner: QueryRunner): Promise<void> {
    // A round of those that run and one of those that are being stopped, which are looked at more often.
    await runner.query(`
      create table look_rounds (
        connection text not null,
        state text not null check (state in ('running', 'terminating')),
        after uuid,
        until uuid,
        due_at timestamptz not null,
        looks bigint not null,
        primary key (connection, state)
      ) with (fillfactor = 50)`);
    await runner.query(`
      create table seen_runs (
        connection text not null,
        state text not null,
        upto uuid not null,
        looked_at timestamptz not null,
        process_ids uuid[] not null,
        primary key (connection, state, upto)
      )`);
    await runner.query('drop index processes_open');
    await runner.query(`
      create index processes_open on processes (connection, state, id)
      where category = 'open' and native_id is not null`);

    await runner.query('drop index processes_to_look_for');
    await runner.query(`
      create index processes_to_look_for on processes (connection, next_look_at) where next_look_at is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index processes_to_look_for');
    await runner.query('create index processes_to_look_for on processes (next_look_at) where next_look_at is not null');
    await runner.query('drop index processes_open');
    await runner.query(`create index processes_open on processes (connection, observed_at) where category = 'open'`);
    await runner.query('drop table seen_runs, look_rounds');
  }
}
