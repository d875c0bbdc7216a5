import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A portal has millions of native ids, and one native id hardly two portals. With the id in front no plan can read a whole
 * portal for want of knowing that, and one that was made while the table was small stays good.
 */
export class NativeIdsFirst1764040000000 implements MigrationInterface {
  readonly name = 'NativeIdsFirst1764040000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table native_ids drop constraint native_ids_pkey, add constraint native_ids_pkey primary key (native_id, portal)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table native_ids drop constraint native_ids_pkey, add constraint native_ids_pkey primary key (portal, native_id)`);
  }
}
