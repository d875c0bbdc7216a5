import type { Client } from 'pg';

/**
 * Processes of the last twelve months in the order of time, as twenty connections leave them: skewed, the newest mostly
 * running, the others over. What is called rare is on seven of them, the oldest.
 *
 * $1 how many
 */
const processes = `
  insert into processes (id, connection, platform, definition, definition_name, subject_type, subject_id, variables, results,
    options, business_key, tags, metadata, on_indeterminate, run_id, client_id, created_by, created_at, state, category,
    native_id, conclusion, evidence, adoption, has_incident, attempts, revision, last_sequence, started_at, closed_at,
    observed_at, portal, lane)
  select p.id, p.connection, p.platform, p.definition, 'A definition', p.subject_type, (p.n % 100000)::text,
    '{"Parameter1": "user_1", "Sum": "100.50|RUB"}', '{}', '{}', 'PO-' || p.n / 3, p.tags, '{"costCentre": "12"}', 'block',
    md5(p.n::text), p.client_id, p.created_by, p.at, p.state,
    case
      when p.state in ('queued', 'starting', 'indeterminate') then 'pending'
      when p.state in ('running', 'terminating') then 'open'
      else 'closed'
    end,
    case when p.state not in ('queued', 'starting', 'indeterminate', 'rejected') then 'run-' || p.n end,
    case p.state
      when 'completed' then 'succeeded'
      when 'failed' then 'failed'
      when 'terminated' then 'stopped'
      when 'killed' then 'stopped'
      when 'ended' then 'unknown'
      when 'rejected' then 'not_started'
    end,
    'platform_reported', 'direct', p.n % 20000 = 7, 1, 3, 3, p.at,
    case when p.state in ('completed', 'failed', 'terminated', 'killed', 'ended', 'rejected') then p.at + interval '20 minutes' end,
    p.at, 'https://' || p.connection, p.connection || '|' || p.definition
  from (
    select n, at,
      (left(first_id_of(at)::text, 14) || '7' || left(md5(n::text), 3) || '-8' || substr(md5(n::text), 4, 3) || '-' ||
        substr(md5(n::text), 8, 12))::uuid as id,
      case when n <= 7 then 'rare' else 'connection-' || floor(power(random(), 3) * 20) end as connection,
      case when n <= 7 then 'rare' else 'bitrix24' end as platform,
      case when n <= 7 then 'rare' else 'definition-' || floor(power(random(), 2) * 40) end as definition,
      case when n <= 7 then 'lists.item' when random() < 0.8 then 'crm.deal' else 'crm.lead' end as subject_type,
      case
        when n <= 7 then array['rare']
        when n % 10 = 0 then array['erp']
        when n % 500 = 1 then array['audited', 'erp']
        else '{}'
      end as tags,
      ('01994f0e-0000-7000-8000-' || lpad((n % 5)::text, 12, '0'))::uuid as client_id,
      case when n <= 7 then 'rare' else 'client-' || n % 5 end as created_by,
      case
        when n <= 7 then 'killed'
        when n > $1::int - 20 then 'starting'
        when n > $1::int - 100 then 'queued'
        when n > $1::int * 0.98 and random() < 0.6 then 'running'
        when random() < 0.0005 then 'indeterminate'
        when random() < 0.002 then 'failed'
        when random() < 0.02 then 'terminated'
        when random() < 0.03 then 'rejected'
        when random() < 0.4 then 'ended'
        else 'completed'
      end as state
    from (
      select n, clock_timestamp() - interval '365 days' * (1 - n::float8 / $1::int) as at
      from generate_series(1, $1::int) n
    ) made
  ) p`;

const others = [
  `insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits, created_at)
   select distinct on (connection) connection, case connection when 'rare' then 'rare' else 'bitrix24' end, connection,
     'https://' || connection, '{}'::jsonb, ''::bytea, '{}'::jsonb, '{}'::jsonb, clock_timestamp() - interval '400 days'
   from processes`,
  `insert into process_tags (tag, process_id) select tag, id from processes, unnest(tags) tag order by tag, id`,
  `insert into native_ids (portal, native_id, process_id)
   select portal, native_id, id from processes where native_id is not null`,
  `insert into operations (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, created_at, lease_until)
   select gen_random_uuid(), id, connection, 'start', 'sending', client_id, id::text, '', '{}', created_at, created_at,
     clock_timestamp() + interval '10 days'
   from processes
   where state = 'starting'`,
  'vacuum analyze processes, process_tags, native_ids, operations',
];

/** Fills an empty database; its indexes are made after the rows. */
export async function fill(database: Client, rows: number): Promise<void> {
  const { rows: indexes } = await database.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made
     from pg_index
     where indrelid = 'processes'::regclass and not indisprimary`,
  );
  await database.query(`set maintenance_work_mem = '1GB'`);
  await database.query('alter table processes disable trigger keep_tags');
  for (const { name } of indexes) await database.query(`drop index ${name}`);
  await database.query(processes, [rows]);
  for (const { made } of indexes) await database.query(made);
  await database.query('alter table processes enable trigger keep_tags');
  for (const statement of others) await database.query(statement);
}
