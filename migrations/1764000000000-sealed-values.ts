import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Values that are shown to nobody: which they are, and the columns in which they are sealed. */
export class SealedValues1764000000000 implements MigrationInterface {
  readonly name = 'SealedValues1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sensitive_variables (
        connection text not null references connections on delete cascade,
        definition text not null,
        names text[] not null,
        marked_at timestamptz not null default clock_timestamp(),
        primary key (connection, definition)
      )`);
    await runner.query('alter table processes add column sensitive text[], add column sealed_variables text');
    await runner.query('alter table operations add column sealed_input text');
    // For whoever changes the key; of what is not sealed they hold nothing.
    await runner.query('create index processes_sealed on processes (id) where sealed_variables is not null');
    await runner.query('create index operations_sealed on operations (id) where sealed_input is not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table operations drop column sealed_input');
    await runner.query('alter table processes drop column sensitive, drop column sealed_variables');
    await runner.query('drop table sensitive_variables');
  }
}
