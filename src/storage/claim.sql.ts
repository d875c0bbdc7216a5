/** $1 connections, $2 free slots of each, $3 lease seconds. A command waits until its run is known, or over. */
export const claimDue = `
  with due as (
    select found.id
    from unnest($1::text[], $2::int[]) as free (connection, slots)
    cross join lateral (
      select o.id
      from operations o
      where o.connection = free.connection
        and o.state = 'queued'
        and o.due_at <= clock_timestamp()
        and (o.lease_until is null or o.lease_until < clock_timestamp())
        and (o.kind = 'start' or exists (
          select from processes p
          where p.id = o.process_id and (p.category = 'closed' or p.category = 'open' and p.native_id is not null)))
      order by o.due_at
      limit free.slots
      for update of o skip locked
    ) found
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $3::int),
      fencing_token = o.fencing_token + 1
  from due, processes p
  where o.id = due.id and p.id = o.process_id
  returning to_json(o) as operation, to_json(p) as process`;

/** $1 limit, $2 lease seconds: queued starts whose time has passed. */
export const claimExpired = `
  with due as (
    select o.id
    from operations o
    join processes p on p.id = o.process_id
    where o.state = 'queued'
      and o.kind = 'start'
      and p.start_before < clock_timestamp()
      and (o.lease_until is null or o.lease_until < clock_timestamp())
    limit $1
    for update of o skip locked
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $2::int),
      fencing_token = o.fencing_token + 1
  from due, processes p
  where o.id = due.id and p.id = o.process_id
  returning to_json(o) as operation, to_json(p) as process`;

/**
 * $1 limit, $2 lease seconds, $3 operations of this replica's own, whose workers live: newest attempts that nobody will
 * settle any more, also where a late answer has left its verdict on one. Such an answer may come after the operation was
 * given up as unknown: it is not, while there is something to read on its attempt.
 */
export const claimAbandoned = `
  with due as (
    select o.id
    from operations o
    where o.state in ('sending', 'unknown')
      and o.lease_until < clock_timestamp()
      and o.id <> all ($3::uuid[])
    limit $1
    for update of o skip locked
  )
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $2::int),
      fencing_token = o.fencing_token + 1
  from due, processes p, attempts a
  where o.id = due.id
    and p.id = o.process_id
    and a.process_id = o.process_id
    and a.operation_id = o.id
    and a.number = o.attempts
  returning to_json(o) as operation, to_json(p) as process, to_json(a) as attempt`;

/** $1 operations, $2 tokens, $3 lease seconds */
export const renewLeases = `
  update operations o
  set lease_until = clock_timestamp() + make_interval(secs => $3::int)
  from unnest($1::uuid[], $2::bigint[]) as mine (id, token)
  where o.id = mine.id and o.fencing_token = mine.token and o.lease_until is not null`;
