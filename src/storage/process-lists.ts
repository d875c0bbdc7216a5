import type { DataSource } from 'typeorm';
import type { Process } from '../processes/process.js';
import type { ProcessFilter } from '../processes/process.store.js';
import type { Row } from './columns.js';
import { withSeenAt } from './look-rounds.sql.js';
import { listStatement, statesOf, type Creator, type ListTerms, type PlatformKey } from './process-list.js';
import { processOf } from './process-rows.js';

/** Every creator that there is, one look-up in the index each. */
const creators = `
  with recursive creator as (
    (select created_by, client_id from processes order by created_by, client_id limit 1)
    union all
    select next.created_by, next.client_id
    from creator
    cross join lateral (
      select p.created_by, p.client_id
      from processes p
      where (p.created_by, p.client_id) > (creator.created_by, creator.client_id)
      order by p.created_by, p.client_id
      limit 1
    ) next
  )
  select created_by, client_id
  from creator
  where ($1::text[] is null or created_by = any ($1))
    and ($2::uuid is null or client_id = $2)`;

/** Connections that processes of a platform can have: a key that is of another one now may have been registered anew. */
const keysOfPlatforms = `
  with recursive key as (
    (select connection from processes order by connection limit 1)
    union all
    select (select p.connection from processes p where p.connection > key.connection order by p.connection limit 1)
    from key
    where key.connection is not null
  )
  select key.connection, case when c.platform <> all ($1::text[]) then c.created_at end as until
  from key
  left join connections c on c.key = key.connection
  where key.connection is not null`;

/** One page of processes, newest first. */
export async function listProcesses(
  database: DataSource,
  filter: ProcessFilter,
  { before, limit }: Pick<ListTerms, 'before' | 'limit'>,
): Promise<readonly Process[]> {
  const states = statesOf(filter);
  const rest = {
    filter,
    creators: await creatorsOf(database, filter),
    keys: await keysOf(database, filter),
    before,
    limit,
  };
  const page = async (some: readonly string[] | null): Promise<readonly Process[]> => {
    const { text, values } = listStatement({ ...rest, states: some });
    return (await database.query<Row[]>(withSeenAt(text), [...values])).map(processOf);
  };
  if (!states?.includes('starting')) return page(states);
  // Not in the index of states, which every start would pay for.
  const others = states.filter((state) => state !== 'starting');
  const pages = await Promise.all([page(['starting']), others.length > 0 ? page(others) : []]);
  return pages
    .flat()
    .toSorted((one, other) => (one.id < other.id ? 1 : -1))
    .slice(0, limit);
}

async function creatorsOf(database: DataSource, { createdBy, visible }: ProcessFilter): Promise<Creator[] | null> {
  if (!createdBy && visible.clientId === null) return null;
  return database.query<Creator[]>(creators, [createdBy ?? null, visible.clientId]);
}

/** Where nothing else is asked for that is rarer. */
async function keysOf(database: DataSource, filter: ProcessFilter): Promise<PlatformKey[] | null> {
  const { platform, connection, definition, visible } = filter;
  if (!platform || connection || definition || visible.connections || visible.definitions) return null;
  return database.query<PlatformKey[]>(keysOfPlatforms, [platform]);
}
