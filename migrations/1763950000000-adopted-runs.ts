import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Processes whose run was there before them: no run id is ever offered for them, since nothing is sent to start them. */
export class AdoptedRuns1763950000000 implements MigrationInterface {
  readonly name = 'AdoptedRuns1763950000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table processes alter column run_id drop not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('delete from processes where run_id is null');
    await runner.query('alter table processes alter column run_id set not null');
  }
}
