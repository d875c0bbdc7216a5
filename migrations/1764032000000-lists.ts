import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An index in the order of the list, read backwards, for each filter, and none that two filters can share. What changes in a process costs an
 * entry in each of them, so tags stand in a table of their own, and a native id is found where it is claimed.
 */
export class Lists1764032000000 implements MigrationInterface {
  readonly name = 'Lists1764032000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const index of ['connection', 'state', 'tag', 'subject', 'business_key']) {
      await runner.query(`drop index processes_by_${index}`);
    }
    // Those that are starting are found by their operations.
    await runner.query(`create index processes_by_state on processes (state, id) where state <> 'starting'`);
    await runner.query('create index processes_by_connection on processes (connection, id)');
    await runner.query('create index processes_by_definition on processes (definition, id)');
    await runner.query('create index processes_by_creator on processes (created_by, client_id, id)');
    await runner.query(`
      create index processes_by_business_key on processes (business_key, id) where business_key is not null`);
    await runner.query(`
      create index processes_by_subject_id on processes (subject_id, id) where subject_id is not null`);
    await runner.query(`
      create index processes_by_subject_type on processes (subject_type, id) where subject_type is not null`);
    await runner.query('create index processes_with_incident on processes (id desc) where has_incident');
    await runner.query('create index processes_by_end on processes (closed_at) where closed_at is not null');

    await runner.query(`
      create table process_tags (
        tag text not null,
        process_id uuid not null,
        primary key (tag, process_id)
      )`);
    await runner.query(`
      insert into process_tags (tag, process_id) select distinct tag, id from processes, unnest(tags) tag`);
    await runner.query(`
      create function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, process_id) select distinct tag, new.id from unnest(new.tags) tag;
        return null;
      end $$`);
    // Tags never change. Whoever has none pays the look at this condition.
    await runner.query(`
      create trigger keep_tags after insert on processes
      for each row when (new.tags <> '{}') execute function keep_tags()`);

    // By the native id alone as well.
    await runner.query('alter table native_ids drop constraint native_ids_pkey');
    await runner.query('alter table native_ids add primary key (native_id, portal)');

    await runner.query('create index incidents_by_kind on incidents (kind, id desc)');
    await runner.query('create index incidents_by_connection on incidents (connection, id desc)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index incidents_by_kind, incidents_by_connection');
    await runner.query('alter table native_ids drop constraint native_ids_pkey');
    await runner.query('alter table native_ids add primary key (portal, native_id)');
    await runner.query('drop trigger keep_tags on processes');
    await runner.query('drop function keep_tags');
    await runner.query('drop table process_tags');
    await runner.query(`
      drop index processes_by_connection, processes_by_state, processes_by_definition, processes_by_creator, processes_by_business_key,
        processes_by_subject_id, processes_by_subject_type, processes_with_incident, processes_by_end`);
    await runner.query('create index processes_by_connection on processes (connection, id desc)');
    await runner.query('create index processes_by_state on processes (state, id desc)');
    await runner.query('create index processes_by_tag on processes using gin (tags)');
    await runner.query(`
      create index processes_by_subject on processes (subject_id, subject_type, id desc) where subject_id is not null`);
    await runner.query(`
      create index processes_by_business_key on processes (business_key, connection, definition, id desc)
      where business_key is not null`);
  }
}
