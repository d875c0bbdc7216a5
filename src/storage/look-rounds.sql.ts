/*
 * Rows are compared as wholes, and ordered so, where equal columns would say the same: no other index has that order, so
 * however a planner misjudges how many runs are open, it probes this one and reads no further than the limit.
 */
const open = `p.category = 'open' and p.native_id is not null`;
const inOrder = 'p.connection, p.state, p.id';

/**
 * Takes the looks that are due at connections that have runs in that state. Where nothing is due nothing is written.
 *
 * $1 connections, $2 seconds after which it is another's
 */
export const takeLooks = `/* looks */
  with due as (
    select key, whose.state
    from unnest($1::text[]) key
    cross join unnest(array['running', 'terminating']) whose (state)
    left join look_rounds r on r.connection = key and r.state = whose.state
    where (r.due_at is null or r.due_at <= statement_timestamp())
      and (
        select p.connection = key and p.state = whose.state
        from processes p
        where ${open} and (p.connection, p.state) >= (key, whose.state)
        order by p.connection, p.state
        limit 1)
  )
  insert into look_rounds as r (connection, state, due_at, looks)
  select key, state, clock_timestamp() + make_interval(secs => $2::float8), 1
  from due
  order by key, state
  on conflict (connection, state) do update
  set due_at = excluded.due_at, looks = r.looks + 1
  where r.due_at <= clock_timestamp()
  returning r.connection, r.state, r.after, r.until, r.looks::text as looks`;

/** The newest run: a round goes no further, so that however many begin meanwhile, it ends. $1 connection, $2 state */
export const lastRun = `
  select p.id
  from processes p
  where ${open}
    and (p.connection, p.state, p.id) >= ($1, $2, '00000000-0000-0000-0000-000000000000'::uuid)
    and (p.connection, p.state, p.id) <= ($1, $2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
  order by p.connection desc, p.state desc, p.id desc
  limit 1`;

/** $1 connection, $2 state, $3 after, $4 until, $5 seconds between two looks, $6 limit */
export const nextRuns = `
  select run.*, greatest(0, extract(epoch from
    max(last.looked_at) over () + make_interval(secs => $5::float8) - clock_timestamp()))::float8 * 1000 as wait_ms
  from (
    select p.*
    from processes p
    where ${open}
      and (p.connection, p.state, p.id) > ($1, $2, coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
      and (p.connection, p.state, p.id) <= ($1, $2, $4::uuid)
    order by ${inOrder}
    limit $6
  ) run
  left join lateral (
    select s.looked_at
    from seen_runs s
    where s.connection = $1 and s.state = $2 and s.upto >= run.id
    order by s.upto
    limit 1
  ) last on true
  order by run.id`;

/**
 * What a look has shown, and where the next one goes on: as soon as those that were looked at before it are due again.
 *
 * $1 connection, $2 state, $3 number of the look, $4 after, $5 up to, $6 until, $7 whether it is the last of its round,
 * $8 processes, $9 milliseconds since the answer, $10 seconds between two looks
 */
export const keepLook = `
  with answered as (
    select clock_timestamp() - make_interval(secs => $9::float8 / 1000) as at
  ), mine as (
    update look_rounds r
    set after = case when $7 then null else $5::uuid end,
        until = case when $7 then null else $6::uuid end,
        due_at = greatest(clock_timestamp(), make_interval(secs => $10::float8) + case
          -- all of it was one look
          when $7 and $4::uuid is null then answered.at
          else (
            select s.looked_at
            from seen_runs s
            where s.connection = $1 and s.state = $2 and ($7 or s.upto > $5::uuid)
            order by s.upto
            limit 1)
        end)
    from answered
    where r.connection = $1 and r.state = $2 and r.looks = $3::bigint
    returning answered.at
  ), forgotten as (
    delete from seen_runs s
    using mine
    where s.connection = $1
      and s.state = $2
      and ($4::uuid is null or s.upto > $4::uuid)
      and ($7 or s.upto < $5::uuid)
      and s.upto <> $5::uuid
  )
  insert into seen_runs (connection, state, upto, looked_at, process_ids)
  select $1, $2, $5::uuid, mine.at, $8::uuid[] from mine
  on conflict (connection, state, upto) do update
  set looked_at = excluded.looked_at, process_ids = excluded.process_ids`;

/** What a look has shown before stays. $1 connection, $2 state, $3 number of the look */
export const endRound = `
  update look_rounds r
  set after = null, until = null, due_at = clock_timestamp()
  where r.connection = $1 and r.state = $2 and r.looks = $3::bigint`;

/**
 * What was left out ends where an earlier look ended, so that what that one has shown stays whole.
 *
 * $1 connection, $2 state, $3 number of the look, $4 milliseconds, $5 process that is left out with those before it, or null
 */
export const postponeLook = `
  update look_rounds r
  set due_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000),
      after = case
        when $5::uuid is null then r.after
        else coalesce(
          (
            select s.upto
            from seen_runs s
            where s.connection = $1 and s.state = $2 and s.upto >= $5::uuid
            order by s.upto
            limit 1
          ), $5::uuid)
      end
  where r.connection = $1 and r.state = $2 and r.looks = $3::bigint`;

/**
 * When the platform was last heard of an open process without telling anything new; null: nothing is kept of that. What is
 * closed keeps the time of its last change.
 *
 * @param p  the process, as it is called in the statement
 */
export const seenAt = (p: string): string => `case when ${p}.category = 'open' then (
    select max(look.looked_at)
    from unnest(array['running', 'terminating']) whose (state)
    cross join lateral (
      select s.looked_at, s.process_ids
      from seen_runs s
      where s.connection = ${p}.connection and s.state = whose.state and s.upto >= ${p}.id
      order by s.upto
      limit 1
    ) look
    where ${p}.id = any (look.process_ids)) end`;

/** A page of processes, newest first, with when they were seen. @param page  the statement that gives whole rows */
export const withSeenAt = (page: string): string =>
  `select page.*, ${seenAt('page')} as seen_at from (${page}) page order by page.id desc`;
