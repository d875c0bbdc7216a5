import type { Database } from '../../src/storage/database.js';

/** How many; their last thousand runs. */
const many = 30_000;

/**
 * Processes of 300 days. North and south have half of them each, and hardly anything else in common: what is south's alone is
 * north's in the five oldest. A tenth of them ended an hour ago.
 */
const rows = `
  insert into processes (id, connection, platform, definition, subject_type, subject_id, variables, results, options, tags,
    metadata, on_indeterminate, run_id, client_id, created_by, created_at, state, category, native_id, adoption,
    has_incident, attempts, revision, last_sequence, closed_at, portal, lane)
  select (left(first_id_of(p.at)::text, 14) || '7' || left(md5(n::text), 3) || '-8' || substr(md5(n::text), 4, 3) || '-' ||
      substr(md5(n::text), 8, 12))::uuid,
    case when is_first or n % 2 = 0 then 'north' else 'south' end, case when n <= 5 then 'paper' else 'creatio' end,
    case when is_souths then '1' else '2' end, case when is_souths then 'crm.lead' else 'crm.deal' end, n::text, '{}', '{}',
    '{}', case when is_souths then array['red'] else '{}' end, '{}', 'block', '', clients.id::uuid, clients.name, p.at, state,
    case when state = 'running' then 'open' else 'closed' end, n::text, 'direct', false, 1, 1, 1,
    case when state = 'running' then null when n between 6000 and 9000 then now() - interval '1 hour' else p.at end, '', ''
  from (
    select n, now() - interval '300 days' * (1 - n::float8 / $1) as at, n <= 5 as is_first,
      n <= 5 or n % 4 = 1 as is_souths,
      case
        when n <= 5 or n % 4 = 3 then 'ended'
        when n % 500 = 6 then 'failed'
        when n > $1 - 1000 or n = 7 then 'running'
        else 'completed'
      end as state
    from generate_series(1, $1::int) n
  ) p,
  lateral (
    select case when p.is_souths or p.n = 7 then 'erp' else 'crm' end as name,
      '01994f0e-0000-7000-8000-00000000000' || case when p.is_souths or p.n = 7 then 'a' else 'b' end as id
  ) clients
  order by n`;

export async function fillMany(database: Database): Promise<void> {
  await database.query(rows, [many]);
  await database.query(
    'insert into process_tags (tag, connection, process_id) select tag, connection, id from processes, unnest(tags) tag',
  );
  await database.query('vacuum analyze processes, process_tags');
}

interface Planned {
  readonly 'QUERY PLAN': readonly [
    { readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number } },
  ];
}

/** Counts the pages that statements read. */
export class PagesRead {
  pages = 0;

  constructor(private readonly database: Database) {}

  async query<T>(text: string, values: unknown[] = []): Promise<T> {
    const [planned] = await this.database.query<Planned[]>(`explain (analyze, buffers, format json) ${text}`, values);
    const plan = planned?.['QUERY PLAN'][0].Plan;
    if (!plan) throw new Error('There is no plan');
    this.pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    return this.database.query<T>(text, values);
  }
}
