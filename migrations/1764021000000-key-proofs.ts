import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One sealed word for each key of credentials that a replica has started with: another key of the same name does not open it. */
export class KeyProofs1764021000000 implements MigrationInterface {
  readonly name = 'KeyProofs1764021000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table key_proofs (
        id text primary key,
        proof bytea not null,
        at timestamptz not null default clock_timestamp()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table key_proofs');
  }
}
