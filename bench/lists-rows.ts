/**
 * Processes of the last twelve months in the order of time, as twenty connections leave them: skewed, the newest mostly
 * running, the others over, most after minutes and some after a month; and one night in which many old ones ended.
 *
 * What is called rare is on seven of them, the oldest. Pairs that stand `apart` are common each, and together on seven of
 * the oldest: 0 connection-2 and definition-1, 1 client-3 and ended, 2 connection-4 and ended, 3 connection-6 and failed,
 * 4 definition-5 and running, 5 connection-5 and crm.lead, 6 connection-3 and the tag erp, 7 connection-1 and client-4,
 * 8 definition-6 and client-2, 9 client-1 and running.
 *
 * $1 how many there are in all, $2 the first, $3 the last of those to make
 */
export const processRows = `
  insert into processes (id, connection, platform, definition, definition_name, subject_type, subject_id, variables, results,
    options, business_key, tags, metadata, on_indeterminate, run_id, client_id, created_by, created_at, state, category,
    native_id, conclusion, evidence, adoption, has_incident, attempts, revision, last_sequence, started_at, closed_at,
    observed_at, portal, lane)
  select p.id, p.connection, p.platform, p.definition, 'A definition', p.subject_type, (p.n % 100000)::text,
    '{"Parameter1": "user_1", "Sum": "100.50|RUB"}', '{}', '{}', 'PO-' || p.n / 3, p.tags, '{"costCentre": "12"}', 'block',
    md5(p.n::text), ('01994f0e-0000-7000-8000-' || lpad(right(p.created_by, 1), 12, '0'))::uuid, p.created_by, p.at,
    p.state,
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
    case
      when p.state not in ('completed', 'failed', 'terminated', 'killed', 'ended', 'rejected') then null
      when p.n % 97 = 13 then least(p.at + interval '30 days', now() - interval '2 hours')
      when p.n > $1::int * 0.3 and p.n < $1::int * 0.31 then now() - interval '20 hours'
      else p.at + interval '20 minutes'
    end,
    p.at, 'https://' || p.connection, p.connection || '|' || p.definition
  from (
    select d.n, d.at, d.id,
      case
        when d.apart in (0, 2, 3, 5, 6, 7) then 'connection-' || (array[2, 0, 4, 6, 0, 5, 3, 1])[d.apart + 1]
        else d.connection
      end as connection,
      case when d.connection = 'rare' then 'rare' else 'bitrix24' end as platform,
      case
        when d.apart in (0, 4, 8) then 'definition-' || (array[1, 0, 0, 0, 5, 0, 0, 0, 6])[d.apart + 1]
        when d.connection = 'connection-2' and d.definition = 'definition-1' then 'definition-3'
        else d.definition
      end as definition,
      case
        when d.apart = 5 then 'crm.lead'
        when d.connection = 'connection-5' and d.subject_type = 'crm.lead' then 'crm.deal'
        else d.subject_type
      end as subject_type,
      case
        when d.apart = 6 then array['erp']
        when d.connection = 'connection-3' then array[]::text[]
        else d.tags
      end as tags,
      case
        when d.apart in (1, 7, 8, 9) then 'client-' || (array[0, 3, 0, 0, 0, 0, 0, 4, 2, 1])[d.apart + 1]
        when d.connection = 'connection-1' and d.created_by = 'client-4' then 'client-0'
        when d.definition = 'definition-6' and d.created_by = 'client-2' then 'client-0'
        else d.created_by
      end as created_by,
      case
        when d.apart in (1, 2) then 'ended'
        when d.apart = 3 then 'failed'
        when d.apart in (4, 9) then 'running'
        when d.state = 'ended' and (d.created_by = 'client-3' or d.connection = 'connection-4') then 'completed'
        when d.state = 'failed' and d.connection = 'connection-6' then 'terminated'
        when d.state = 'running' and (d.definition = 'definition-5' or d.created_by = 'client-1') then 'completed'
        else d.state
      end as state
    from (
      select n, at,
        case when n between 8 and 77 then (n - 8) / 7 end as apart,
        (left(first_id_of(at)::text, 14) || '7' || left(md5(n::text), 3) || '-8' || substr(md5(n::text), 4, 3) || '-' ||
          substr(md5(n::text), 8, 12))::uuid as id,
        case when n <= 7 then 'rare' else 'connection-' || floor(power(random(), 3) * 20) end as connection,
        case when n <= 7 then 'rare' else 'definition-' || floor(power(random(), 2) * 40) end as definition,
        case when n <= 7 then 'lists.item' when random() < 0.8 then 'crm.deal' else 'crm.lead' end as subject_type,
        case
          when n <= 7 then array['rare']
          when n % 10 = 0 then array['erp']
          when n % 500 = 1 then array['audited', 'erp']
          else '{}'
        end as tags,
        case when n <= 7 then 'rare-9' else 'client-' || n % 5 end as created_by,
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
        select n, now() - interval '365 days' * (1 - n::float8 / $1::int) as at
        from generate_series($2::int, $3::int) n
      ) made
    ) d
  ) p`;
