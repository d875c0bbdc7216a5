import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files among the variables of a process, which are erased when it closes. */
export class Files1763980000000 implements MigrationInterface {
  readonly name = 'Files1763980000000';

  async up(runner: QueryRunner): Promise<void> {
    // What stays of the variables then; null: all of them.
    await runner.query('alter table processes add column closed_variables jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table processes drop column closed_variables');
  }
}
