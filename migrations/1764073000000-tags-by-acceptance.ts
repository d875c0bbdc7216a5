import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever accepts a process writes its tags in the same statement; the trigger is left to those who do not say so. */
export class TagsByAcceptance1764073000000 implements MigrationInterface {
  readonly name = 'TagsByAcceptance1764073000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger keep_tags on processes');
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, connection, process_id)
        select distinct tag, new.connection, new.id from unnest(new.tags) tag
        -- a session of the gateway that a pooler lent does not say so
        on conflict do nothing;
        return null;
      end $$`);
    // A replica of before writes none itself, and may run beside one that does.
    await runner.query(`
      create trigger keep_tags after insert on processes
      for each row when (new.tags <> '{}' and current_setting('bpmgw.writes_tags', true) is distinct from 'on')
      execute function keep_tags()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger keep_tags on processes');
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, connection, process_id)
        select distinct tag, connection, id from added, unnest(tags) tag;
        return null;
      end $$`);
    await runner.query(`
      create trigger keep_tags after insert on processes
      referencing new table as added for each statement execute function keep_tags()`);
  }
}
