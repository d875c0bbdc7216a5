import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each is in the order of the list for every value of its columns. */
const indexes: Readonly<Record<string, string>> = {
  processes_by_connection: `(connection, platform, id) where state <> 'starting'`,
  processes_by_definition: `(definition, connection, id) where state <> 'starting'`,
  processes_by_creator: `(created_by, client_id, connection, id) where state <> 'starting'`,
  processes_by_subject_type: `(subject_type, connection, id) where subject_type is not null and state <> 'starting'`,
  processes_by_end: `(date_bin('1 hour', closed_at, 'epoch'), id) where closed_at is not null`,
  processes_by_state_and_connection: `(state, connection, definition, id) where state <> 'starting'`,
  processes_by_creator_and_state: `(created_by, client_id, state, id) where state <> 'starting'`,
};

const before: Readonly<Record<string, string>> = {
  processes_by_connection: '(connection, id)',
  processes_by_definition: '(definition, id)',
  processes_by_creator: '(created_by, client_id, id)',
  processes_by_subject_type: '(subject_type, id) where subject_type is not null',
  processes_by_end: '(closed_at) where closed_at is not null',
};

/**
 * Pairs of filters have indexes that say both, and those that are starting stand in none of them, as in that of states: they
 * are found by their operations. So a start that is sent at once is written into fewer than before.
 */
export class ListsByPairs1764071000000 implements MigrationInterface {
  readonly name = 'ListsByPairs1764071000000';

  async up(runner: QueryRunner): Promise<void> {
    await replaceIndexes(runner, before, indexes);
    await runner.query('alter table process_tags rename to tags_of_before');
    await runner.query('alter table tags_of_before drop constraint process_tags_pkey');
    await runner.query(`
      create table process_tags (
        tag text not null,
        connection text not null,
        process_id uuid not null,
        primary key (tag, connection, process_id)
      )`);
    await runner.query(`
      insert into process_tags (tag, connection, process_id)
      select t.tag, p.connection, p.id
      from tags_of_before t
      join processes p on p.id = t.process_id
      order by 1, 2, 3`);
    await runner.query('drop table tags_of_before');
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, connection, process_id)
        select distinct tag, connection, id from added, unnest(tags) tag;
        return null;
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create or replace function keep_tags() returns trigger language plpgsql as $$
      begin
        insert into process_tags (tag, process_id) select distinct tag, id from added, unnest(tags) tag;
        return null;
      end $$`);
    await runner.query('alter table process_tags drop constraint process_tags_pkey, drop column connection');
    await runner.query('alter table process_tags add primary key (tag, process_id)');
    await replaceIndexes(runner, indexes, before);
  }
}

async function replaceIndexes(
  runner: QueryRunner,
  old: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of Object.keys(old)) await runner.query(`drop index ${name}`);
  for (const [name, its] of Object.entries(others)) await runner.query(`create index ${name} on processes ${its}`);
}
