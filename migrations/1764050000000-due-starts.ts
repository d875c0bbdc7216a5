import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Starts whose time may pass, by that time: whoever looks for them must not read every start that waits. */
export class DueStarts1764050000000 implements MigrationInterface {
  readonly name = 'DueStarts1764050000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index processes_to_expire on processes (start_before)
      where start_before is not null and category = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index processes_to_expire');
  }
}
