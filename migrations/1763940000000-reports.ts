import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What runs told of themselves, and the tokens that prove that they may. */
export class Reports1763940000000 implements MigrationInterface {
  readonly name = 'Reports1763940000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table connections add column report_token_hash bytea');
    await runner.query(`
      create table reports (
        id uuid primary key,
        connection text not null,
        portal text not null,
        fingerprint bytea not null,
        process_id uuid,
        native_id text,
        outcome text not null check (outcome in ('started', 'completed', 'failed')),
        message text,
        result jsonb,
        report_id text,
        via text not null check (via in ('token', 'callback')),
        received_at timestamptz not null default clock_timestamp(),
        applied_to uuid,
        applied_at timestamptz,
        due_at timestamptz,
        unique (connection, fingerprint)
      )`);
    await runner.query('create index reports_due on reports (due_at) where due_at is not null');
    await runner.query('create index reports_by_age on reports (received_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reports');
    await runner.query('alter table connections drop column report_token_hash');
  }
}
