import { setTimeout as passed } from 'node:timers/promises';
import { aMinutePasses } from './minute.js';
import type { Model } from './model.js';
import { say } from './starts.js';
import { spoilt } from './faults.js';
import type { Walk } from './walk.js';

/** Everything that went wrong around the gateway is well again. */
export async function heal(walk: Walk): Promise<void> {
  for (const replica of walk.world.replicas) {
    replica.thaw();
    replica.database.forget();
  }
  const { bitrix24 } = walk.portals;
  for (const portal of Object.values(walk.portals)) {
    for (const operation of spoilt) await portal.turn('answers', { operation, do: 'answer' });
    await portal.turn('delay', { operation: 'start', ms: 0 });
  }
  await bitrix24.turn('limits', { burst: null });
}

/** Callers that do not know whether their start was accepted repeat it under its key until they know. */
export async function callersLearn(model: Model, walk: Walk): Promise<void> {
  for (const start of model.starts) {
    for (let tries = 0; start.isOpen; tries += 1) {
      if (tries > 50) throw new Error(`${start.name}: its caller cannot learn whether it was accepted`);
      await say(model, walk, start, { at: tries, waits: false });
      if (start.isOpen) await passed(200);
    }
  }
}

/** What is still to happen by itself. $1 the connections of this walk: a straggler of the one before may come to rest or not. */
const underWay = `
  with processes as (select * from public.processes where connection = any ($1)),
  operations as (select o.* from public.operations o join processes p on p.id = o.process_id),
  attempts as (select a.* from public.attempts a join processes p on p.id = a.process_id)
  select format('%s %s, waiting for %s, %s attempts', p.id, p.state, p.waiting_for, o.attempts) as what
  from processes p
  join operations o on o.process_id = p.id and o.kind = 'start'
  where p.state = 'starting' or p.state = 'queued' or o.state in ('queued', 'sending')
  union all
  select format('%s: a %s is %s', p.id, o.kind, o.state)
  from operations o
  join processes p on p.id = o.process_id
  where o.kind <> 'start'
    and (o.state = 'sending' or o.state = 'queued' and (p.category = 'closed' or p.category = 'open' and p.native_id is not null))
    -- a kill waits until no start that may be under way can live any more
    and not (o.kind = 'kill' and exists (
      select from attempts a
      where a.process_id = p.id and a.class = 'unknown' and a.sent_at > clock_timestamp() - interval '70 seconds'))
  union all
  select format('%s: attempt %s has no verdict', process_id, number) from attempts where class is null
  union all
  select format('%s: the answer to attempt %s is unread', process_id, number) from attempts where kept
  union all
  select format('%s is terminating', id) from processes where state = 'terminating'
  union all
  select format('%s is looked for', id)
  from processes
  where next_look_at is not null and next_look_at < clock_timestamp() + interval '20 seconds'`;

/** Times of what waits for a later moment than a walk can wait for. */
const comeDue = `
  update operations set due_at = clock_timestamp() where state = 'queued' and due_at > clock_timestamp()`;

/** Waits until nothing more happens by itself; a minute passes at the end, for what waits for a request to be dead. */
export async function rest(walk: Walk): Promise<void> {
  const { sql } = walk.world;
  const own = [walk.connection('bitrix24'), walk.connection('creatio')];
  await settle(walk, own);
  const { rows } = await sql.query(
    `
    select from processes where next_look_at is not null and connection = any ($1)
    union all
    select from operations o where o.connection = any ($1) and o.kind = 'kill' and o.state = 'queued'`,
    [own],
  );
  if (rows.length === 0) return;
  await aMinutePasses(sql, walk.connection('bitrix24'));
  await settle(walk, own);
}

async function settle(walk: Walk, own: readonly string[], limitMs = 60_000): Promise<void> {
  const { sql } = walk.world;
  const startedAt = performance.now();
  for (let quiet = 0; quiet < 2;) {
    const { rows } = await sql.query<{ what: string }>(underWay, [own]);
    quiet = rows.length === 0 ? quiet + 1 : 0;
    if (rows.length > 0 && performance.now() - startedAt > limitMs) {
      throw new Error(`It does not come to rest: ${rows.map(({ what }) => what).join('; ')}`);
    }
    await walk.authorizeAnew();
    await sql.query(comeDue);
    await passed(quiet > 0 ? 20 : 100);
  }
}
