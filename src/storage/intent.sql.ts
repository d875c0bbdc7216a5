import { rowsOfParameters } from './array-columns.js';
import { consequencesOfColumns, givenChanges } from './change-columns.js';
import { consequences, isNotHeld, laneIsFree } from './change.sql.js';
import { intentArrays } from './intent-columns.js';
import { keptRunIdsSince } from './run-ids.sql.js';
import type { Statement } from './statement.js';

/**
 * The point of no return, for operations each of another process. Gives which were written, and as what.
 *
 * $1 to $n an array for each of `intentArrays`, then those of their events
 *
 * Asked in the same statement that writes: the token and the state (either this or a withdrawal wins, never both), the
 * lease, the deadline, the lane, the hold of a restored database, that no stop was accepted, and that no answer of an earlier
 * attempt is unread.
 * An attempt after one of unknown outcome is a resend, which a person has ordered. Whoever locks a process and an
 * operation of it locks the process first.
 */
export const intend: Statement = {
  name: 'intend',
  text: `/* intend */
  with ${givenChanges(intentArrays)}, held as (
    select i.*, p.id as process_id, p.connection, p.portal
    from given, ${rowsOfParameters(intentArrays, 1, 'i')}
    join operations o on o.id = i.operation_id
    join processes p on p.id = o.process_id
    -- nobody claimed it since, withdrew it, or let it expire
    where o.fencing_token = i.token
      and o.state = 'queued'
      and o.lease_until > clock_timestamp()
      and (o.kind <> 'start' or p.start_before is null or p.start_before > clock_timestamp())
      and p.revision = i.from_revision
      and ${isNotHeld}
      and ${laneIsFree}
      -- a stop that was accepted is never followed by a send
      and (o.kind <> 'start' or not exists (
        select from operations stop
        where stop.process_id = p.id and stop.kind in ('terminate', 'kill') and stop.state <> 'refused'))
      -- an intent asks that no late answer is kept unread
      and not exists (
        select from attempts a where a.process_id = p.id and a.operation_id = o.id and a.kept)
    -- whoever intends for the same processes meets them in the same order
    order by p.id
    for update of p, o
  ), operation as (
    update operations o
    set state = 'sending', attempts = o.attempts + 1
    from held
    where o.id = held.operation_id
  ), attempt as (
    insert into attempts (
      id, operation_id, process_id, number, fencing_token, kind, sent_at, lane, chosen_id, life_seconds, batch_id)
    select attempt_id, operation_id, process_id, attempt_number, token,
      case when exists (
        select from attempts a
        where a.process_id = held.process_id and a.operation_id = held.operation_id and a.lane is not null
          and a.class = 'unknown' and a.native_id is null) then 'resend' else 'send' end,
      clock_timestamp(), attempt_lane, chosen_id, life_seconds, batch_id
    from held
    returning operation_id, kind
  ), ${consequencesOfColumns(intentArrays)}
  select operation_id, kind from attempt`,
};

/** Why an intent was not written. $1 operation */
export const explainUnintended = `
  select
    exists (select from database_holds h where h.released_at is null and (o.kind = 'start' or o.created_at < h.noticed_at))
      as restored,
    (select to_json(waiting)
     from (select w.id, w.lane_until as until
           from processes w
           where o.kind = 'start' and w.lane = p.lane and w.lane_until > clock_timestamp() and w.id <> p.id
           order by w.id
           limit 1) waiting) as lane
  from operations o
  join processes p on p.id = o.process_id
  where o.id = $1::uuid and o.state = 'queued'`;

/** What a probe waits for beside the hold. $7 seconds of the longest life */
const mayStillBeProbed = `-- the longest life counts from a notice too
      and not exists (
        select from database_holds h where h.noticed_at + make_interval(secs => $7::float8) > clock_timestamp())
      -- no answer is unread, nobody is out, the longest life of every attempt is over, probes included
      and not exists (
        select from attempts a
        where a.process_id = p.id
          and a.operation_id = o.id
          and (a.kept or a.class is null or a.sent_at + make_interval(secs => greatest(a.life_seconds, $7::float8)) > clock_timestamp()))
      -- there is something to learn, and whatever may have run has the id that is sent again
      and exists (
        select from attempts a
        where a.process_id = p.id and a.operation_id = o.id and a.class = 'unknown' and a.native_id is null)
      and not exists (
        select from attempts a
        where a.process_id = p.id
          and a.operation_id = o.id
          and a.class = 'unknown'
          and a.native_id is null
          and (a.chosen_id is distinct from p.run_id or not ${keptRunIdsSince('p.connection', 'a.sent_at')}))
      -- only a probe that was not sent is repeated
      and not exists (
        select from attempts a
        where a.process_id = p.id
          and a.kind = 'probe'
          and a.class not in ('not_sent', 'refused_before_execution'))
      and not exists (
        select from operations stop
        where stop.process_id = p.id and stop.kind in ('terminate', 'kill') and stop.state <> 'refused')`;

/**
 * The intent of a probe. $1 operation, $2 token, $3 revision, $4 attempt row, $5 change, $6 lease seconds,
 * $7 seconds of the longest life, $8 connection.
 *
 * The platform itself must not run it twice: the portal keeps run ids now. What was sent before is dead by now (the longest
 * life of the newest attempt is over, also since a database was put back), nobody is out, no answer is unread, and no stop
 * was accepted. A probe that was sent taught what it could; only one that was not is repeated.
 */
export const intendProbe = (portalKeepsRunIds: string): string => `/* intend */
  with held as (
    select o.id, p.id as process_id, p.connection, p.portal
    from operations o
    join processes p on p.id = o.process_id
    where o.id = $1::uuid
      and o.fencing_token = $2::bigint
      and o.state = 'unknown'
      and p.state = 'indeterminate'
      and p.revision = $3::int
      and (p.start_before is null or p.start_before > clock_timestamp())
      and ${isNotHeld}
      ${mayStillBeProbed}
      -- the platform itself would not run it twice
      and ${portalKeepsRunIds}
    for update of p, o
  ), operation as (
    update operations o
    set state = 'sending',
        attempts = o.attempts + 1,
        fencing_token = o.fencing_token + 1,
        lease_until = clock_timestamp() + make_interval(secs => $6::int)
    from held
    where o.id = held.id
  ), attempt as (
    insert into attempts
    select row.*
    from held, jsonb_populate_record(null::attempts, $4::jsonb || jsonb_build_object('sent_at', clock_timestamp())) row
  ), ${consequences('$5')}
  select count(*)::int as written from held`;
