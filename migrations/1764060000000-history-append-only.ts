import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * History is never rewritten, and an attempt stays that of its process. Asked once for each statement that would change it,
 * never for one that adds to it. `written_in` only orders events, and is mended after a restore. Where they stand in a table
 * for each month, what retention does to a month as a whole is no statement on `events`.
 */
export class HistoryAppendOnly1764060000000 implements MigrationInterface {
  readonly name = 'HistoryAppendOnly1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create trigger append_only before update of process_id, sequence, id, type, time, data or delete or truncate
      on events for each statement execute function refuse_to_rewrite()`);
    await runner.query(`
      create trigger append_only before update of id, operation_id, process_id, number or truncate on attempts
      for each statement execute function refuse_to_rewrite()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger append_only on events');
    await runner.query('drop trigger append_only on attempts');
  }
}
