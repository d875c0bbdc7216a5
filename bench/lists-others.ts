/** What stands beside processes that were filled in, statement by statement. */
export const otherRows: readonly string[] = [
  `insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits, paused, created_at)
   select 'connection-' || number, 'bitrix24', 'A portal', 'https://connection-' || number, '{}'::jsonb, ''::bytea, '{}'::jsonb,
     '{}'::jsonb, true, clock_timestamp() - interval '400 days'
   from generate_series(0, 19) number`,
  // As the trigger would have.
  `insert into process_tags (tag, connection, process_id)
   select tag, connection, id from processes, unnest(tags) tag order by 1, 2, 3`,
  `insert into native_ids (portal, native_id, process_id)
   select portal, native_id, id from processes where native_id is not null order by native_id`,
  `insert into operations (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, created_at, lease_until)
   select gen_random_uuid(), id, connection, 'start', 'sending', client_id, id::text, '', '{}', created_at, created_at,
     clock_timestamp() + interval '400 days'
   from processes
   where id in (select id from processes order by id desc limit 20) and state = 'starting'`,
  // One of ten has its history here: the others would only make the indexes deeper.
  `insert into events (process_id, sequence, id, type, time, data)
   select p.id, step.sequence, gen_random_uuid(), step.type, p.created_at, '{"inputChecked": true}'
   from processes p
   cross join (values (1, 'process.accepted'), (2, 'process.started'), (3, 'process.completed')) step (sequence, type)
   where p.subject_id::int % 10 = 7
   order by p.id`,
  `insert into attempts (id, operation_id, process_id, number, fencing_token, class, sent_at, answered_at, native_id)
   select gen_random_uuid(), gen_random_uuid(), id, 1, 1, 'accepted', created_at, created_at, native_id
   from processes
   where subject_id::int % 10 = 7
   order by id`,
  // Of those that have one open it is the newest.
  `insert into incidents (id, kind, state, connection, process_id, candidates, created_at, resolved_at)
   select gen_random_uuid(), case when random() < 0.9 then 'outcome-unknown' else 'unidentified-run' end,
     case when has_incident then 'open' else 'resolved' end, connection, id, '[]', created_at,
     case when not has_incident then created_at + interval '1 hour' end
   from processes
   where has_incident or subject_id::int % 50 = 9`,
  `update incidents set id = (left(first_id_of(created_at)::text, 14) || '7' || right(id::text, 21))::uuid`,
  `update incidents
   set kind = 'second-run'
   where id in (select id from incidents where state = 'resolved' order by id limit 7)`,
  `insert into audit_lines (id, at, client_id, client, action, target, connection, address, trace_id)
   select id, created_at, client_id::text, created_by,
     case when state = 'killed' then 'process.kill' else 'process.terminate' end,
     'processes/' || id, connection, '127.0.0.1', md5(id::text)
   from processes
   where subject_id::int % 5 = 2
   order by id`,
  `insert into audit_results (line_id, at, result, target)
   select l.id, l.at, case when random() < 0.99 then 'ok' else 'platform-rejected' end, null
   from audit_lines l
   order by l.id`,
  `insert into stats_states (connection, definition, client_id, state, processes)
   select connection, definition, client_id, state, count(*) from processes group by 1, 2, 3, 4`,
  `update stats_mark set written_in = pg_current_xact_id(), event_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`,
];

/** The tables that rows were filled into. */
export const filledTables: readonly string[] = [
  'connections',
  'processes',
  'process_tags',
  'native_ids',
  'operations',
  'events',
  'attempts',
  'incidents',
  'audit_lines',
  'audit_results',
  'stats_states',
];
