import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the tasks of a connection were last looked for, so that one replica at a time does it. */
export class Tasks1763910000000 implements MigrationInterface {
  readonly name = 'Tasks1763910000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table task_looks (
        connection text primary key,
        looked_at timestamptz not null,
        looks bigint not null default 0
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table task_looks');
  }
}
