import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers to raw calls: whatever a platform holds may stand in one. The key that repeats it names its row. */
export class SealedAnswers1764022000000 implements MigrationInterface {
  readonly name = 'SealedAnswers1764022000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table sealed_answers (
        id uuid primary key,
        sealed_answer bytea not null,
        created_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query('create index sealed_answers_by_age on sealed_answers (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table sealed_answers');
  }
}
