/**
 * What the yardsticks store of a run, with the five indexes that a searchable list needs: by connection, by state, by
 * business key, by tag and by subject, the newest first.
 */
export const runsTable = `
  create table runs (
    id uuid primary key default uuidv7(),
    connection text not null,
    definition text not null,
    subject_type text not null,
    subject_id text not null,
    variables jsonb not null,
    business_key text,
    tags text[] not null,
    run_id text not null,
    state text not null,
    native_id text,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz
  );
  create index on runs (connection, id desc);
  create index on runs (state, id desc);
  create index on runs (business_key, connection, definition, id desc) where business_key is not null;
  create index on runs using gin (tags);
  create index on runs (subject_id, subject_type, id desc) where subject_id is not null`;
