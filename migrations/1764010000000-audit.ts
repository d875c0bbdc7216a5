import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['audit_lines', 'audit_results'];

/**
 * Who did what, and what came of it: a line before the action, its result after it. Neither is ever changed or deleted;
 * their keys are in the order of time, so that a month can be dropped as a whole.
 */
export class Audit1764010000000 implements MigrationInterface {
  readonly name = 'Audit1764010000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_lines (
        id uuid primary key,
        at timestamptz not null default clock_timestamp(),
        client_id text,
        client text,
        action text not null,
        target text not null,
        connection text,
        address text,
        trace_id text
      )`);
    await runner.query('create index audit_lines_by_connection on audit_lines (connection, id desc)');
    await runner.query('create index audit_lines_by_target on audit_lines (target, id desc)');
    await runner.query(`
      create table audit_results (
        line_id uuid primary key,
        at timestamptz not null default clock_timestamp(),
        result text not null,
        target text
      )`);
    await runner.query('create index audit_results_by_target on audit_results (target) where target is not null');
    await runner.query(`
      create function refuse_to_rewrite() returns trigger language plpgsql as $$
      begin
        raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
      end $$`);
    for (const table of tables) {
      await runner.query(`
        create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_to_rewrite()`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table ${tables.join(', ')}`);
    await runner.query('drop function refuse_to_rewrite');
  }
}
