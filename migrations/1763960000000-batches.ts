import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Attempts that shared one request with others. */
export class Batches1763960000000 implements MigrationInterface {
  readonly name = 'Batches1763960000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table attempts add column batch_id uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table attempts drop column batch_id');
  }
}
