import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What callers are asked at the door: keys are found by their prefix, and quotas are counted for all replicas. */
export class Callers1763990000000 implements MigrationInterface {
  readonly name = 'Callers1763990000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index api_keys_by_prefix on api_keys (prefix)');
    // Not logged: what a crash loses is a minute's count.
    await runner.query(`
      create unlogged table client_quotas (
        client_id uuid primary key,
        ends_at timestamptz not null,
        taken int not null,
        granted int not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table client_quotas');
    await runner.query('drop index api_keys_by_prefix');
  }
}
