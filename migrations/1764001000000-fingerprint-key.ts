import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The key under which requests are remembered, sealed. */
export class FingerprintKey1764001000000 implements MigrationInterface {
  readonly name = 'FingerprintKey1764001000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table installation add column fingerprint_key_sealed bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table installation drop column fingerprint_key_sealed');
  }
}
