import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tags of all processes that a statement writes are written together; for each process alone it cost as much as two indexes. */
export class TagsTogether1764070000000 implements MigrationInterface {
  readonly name = 'TagsTogether1764070000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger keep_tags on processes');
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, process_id) select distinct tag, id from added, unnest(tags) tag;
        return null;
      end $$`);
    await runner.query(`
      create trigger keep_tags after insert on processes
      referencing new table as added for each statement execute function keep_tags()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger keep_tags on processes');
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, process_id) select distinct tag, new.id from unnest(new.tags) tag;
        return null;
      end $$`);
    await runner.query(`
      create trigger keep_tags after insert on processes
      for each row when (new.tags <> '{}') execute function keep_tags()`);
  }
}
