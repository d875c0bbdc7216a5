import type { MigrationInterface, QueryRunner } from 'typeorm';

const words = {
  operations: ['state', ['queued', 'sending', 'done', 'refused', 'unknown']],
  attempts: ['kind', ['send', 'resend', 'probe']],
  native_ids: ['claim', ['direct', 'reconciled_exact', 'reconciled_probable', 'operator']],
} as const;

/**
 * A check is read from its text and prepared anew by every statement that writes: these three cost a start a twentieth of
 * Postgres' part. The only writer has the words from types, as it has those of processes, which never had a check.
 */
export class WordsUnchecked1764074000000 implements MigrationInterface {
  readonly name = 'WordsUnchecked1764074000000';
  // Each table for itself: a replica of before reads several of them at once, and one that is held while the next is
  // waited for would be a deadlock with it.
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, [column]] of Object.entries(words)) await runner.query(dropped(table, column));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, [column, them]] of Object.entries(words)) {
      const list = them.map((word) => `'${word}'`).join(', ');
      await runner.query(dropped(table, column));
      await runner.query(
        `alter table ${table} add constraint ${table}_${column}_check check (${column} in (${list})) not valid`,
      );
    }
  }
}

/** Also where it was done, and its replica died before it could say so. */
const dropped = (table: string, column: string): string =>
  `alter table ${table} drop constraint if exists ${table}_${column}_check`;
