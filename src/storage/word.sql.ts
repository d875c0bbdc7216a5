import { consequences, idsAreFree } from './change.sql.js';
import { seenAt } from './look-rounds.sql.js';

/** An attempt of the start of process `p` that has no verdict and was not swept. */
const isOut = `exists (
      select from attempts a where a.process_id = p.id and a.lane is not null and a.class is null)`;

const isUnread = `exists (select from attempts a where a.process_id = p.id and a.kept)`;

/** Whether a stop of process `p` was accepted. One that was refused is none. */
export const isStopped = `exists (
      select from operations stop
      where stop.process_id = p.id and stop.kind in ('terminate', 'kill') and stop.state <> 'refused')`;

const isHeld = 'exists (select from database_holds h where h.released_at is null)';

/** When no request of the start of `p` can live any more, nor one from before a restore that is not in its rows. */
const overAt = (lifeSeconds: string): string => `(
      select max(since + make_interval(secs => greatest(life, ${lifeSeconds}::float8)))
      from (
        select a.sent_at, a.life_seconds from attempts a where a.process_id = p.id and a.lane is not null
        union all
        select h.noticed_at, 0 from database_holds h
      ) sent (since, life))`;

/** How a process stands for whoever has to decide on it. $1 process, $2 seconds of the longest life */
export const standing = `
  select to_json(p) as process, ${seenAt('p')} as seen_at, ${isOut} as is_out, ${isUnread} as is_unread, ${isStopped} as is_stopped,
    ${isHeld} as is_held, over.at as over_at, coalesce(over.at <= clock_timestamp(), true) as is_over
  from processes p
  cross join lateral (select ${overAt('$2')} as at) over
  where p.id = $1::uuid`;

/**
 * A person's word on a process, on the revision that it was decided on, and on the incident as the person has seen it. An
 * incident of no process goes on: its version counts, and it names the process. That is the only one that is locked here;
 * those of a process change with it.
 *
 * $1 process, $2 revision, $3 incident or null, $4 its version, $5 change, $6 asks for quiet, $7 for the life to be over,
 * $8 for no stop, $9 for the hold, $10 seconds of the longest life, $11 client, $12 key, $13 fingerprint,
 * $14 what is kept under the key, $15 start's state or null, $16 start's answer or null, $17 native id or null
 */
export const give = `/* word */
  with shared as (
    select i.id
    from incidents i
    where i.id = $3::uuid and i.version = $4::int and i.state = 'open' and i.process_id is null
    for update
  ), held as (
    select p.id as process_id, p.connection, p.portal
    from processes p
    where p.id = $1::uuid
      and p.revision = $2::int
      and ($3::uuid is null
        or exists (select from shared)
        or exists (
          select from incidents i
          where i.id = $3::uuid and i.version = $4::int and i.state = 'open' and i.process_id = p.id))
      and ${idsAreFree('$5')}
      and (not $6::boolean or not ${isOut} and not ${isUnread})
      and (not $7::boolean or coalesce(${overAt('$10')} <= clock_timestamp(), true))
      and (not $8::boolean or not ${isStopped})
      and (not $9::boolean or ${isHeld})
    for update of p
  ), key as (
    insert into idempotency_keys (client_id, key, fingerprint, process_id, answer, created_at)
    select $11::uuid, $12, $13::bytea, process_id, $14::jsonb, clock_timestamp()
    from held
    on conflict do nothing
    returning process_id
  ), spoken as (
    select held.process_id, held.connection, held.portal from held, key
  ), named as (
    update incidents i
    set version = i.version + 1, related_process_ids = i.related_process_ids || spoken.process_id
    from spoken, shared
    where i.id = shared.id
  ), start as (
    update operations o
    set state = $15, fencing_token = o.fencing_token + 1, lease_until = null, due_at = clock_timestamp()
    from spoken
    where $15::text is not null and o.process_id = spoken.process_id and o.kind = 'start'
    returning o.id, o.client_id, o.key
  ), answered as (
    update idempotency_keys k
    set answer = $16::jsonb
    from start
    where k.client_id = start.client_id and k.key = start.key and k.answer is null and $16::jsonb is not null
  ), mark as (
    update attempts a
    set native_id = $17
    from spoken
    where $17::text is not null
      and a.process_id = spoken.process_id
      and a.lane is not null
      and a.class in ('unknown', 'accepted_unidentified')
      and a.native_id is null
      and 1 = (
        select count(*)
        from attempts b
        where b.process_id = spoken.process_id
          and b.lane is not null
          and (b.class is null or b.class in ('unknown', 'accepted_unidentified'))
          and b.native_id is null)
  ), ${consequences('$5', 'spoken')}
  select count(*)::int as written from key`;
