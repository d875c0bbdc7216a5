import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What portals tell by themselves: the elements of their runs, and what has to be looked at. */
export class Callbacks1763930000000 implements MigrationInterface {
  readonly name = 'Callbacks1763930000000';

  async up(runner: QueryRunner): Promise<void> {
    // Found by the run and not by the process: an element may be told of before its run is known to be a process's.
    await runner.query(`
      create table told_elements (
        id uuid primary key,
        connection text not null,
        portal text not null,
        run_id text not null,
        native_id text not null,
        name text not null,
        type text not null,
        waits boolean not null,
        secret_sealed bytea not null,
        started_at timestamptz not null default clock_timestamp(),
        over_at timestamptz,
        unique (portal, native_id)
      )`);
    await runner.query('create index told_elements_by_run on told_elements (portal, run_id)');

    await runner.query(`
      create table callbacks (
        id uuid primary key,
        connection text not null,
        portal text not null,
        digest bytea not null,
        kind text not null check (kind in ('run', 'access')),
        definition text,
        native_id text,
        change text check (change in ('gone', 'renewed')),
        message text,
        received_at timestamptz not null default clock_timestamp(),
        due_at timestamptz not null default clock_timestamp(),
        tries int not null default 0,
        handled_at timestamptz,
        unique (connection, digest)
      )`);
    await runner.query('create index callbacks_due on callbacks (connection, due_at) where handled_at is null');
    await runner.query(`
      create index callbacks_of_runs on callbacks (portal, definition, received_at) where kind = 'run'`);
    await runner.query('create index callbacks_handled on callbacks (handled_at) where handled_at is not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table callbacks, told_elements');
  }
}
