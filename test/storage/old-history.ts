import { v7 as uuidv7 } from 'uuid';
import { changed } from '../../src/processes/change.js';
import { move, type Process } from '../../src/processes/process.js';
import { anAttempt } from '../processes/samples.js';
import { acceptance, aStart, settlementOf, type ProcessRoom } from './process-room.js';

const dayMs = 86_400_000;

/** The middle of a month before this one. */
export function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15));
}

/** The table of the events of that month. */
export function tableOfMonth(time: Date): string {
  return `events_${time.toISOString().slice(0, 7).replace('-', '_')}`;
}

/** Processes that began long ago, written as the gateway writes them. */
export class OldHistory {
  constructor(private readonly room: Pick<ProcessRoom, 'store' | 'database'>) {}

  async month(time: Date): Promise<void> {
    await this.room.database.query(`select add_month_of_events(date_trunc('month', $1::timestamptz)::date)`, [time]);
  }

  async queued(at: Date): Promise<Process> {
    const start = aStart({ id: uuidv7({ msecs: at.getTime() }), createdAt: at });
    await this.room.store.accept(acceptance(start));
    return start.process;
  }

  async running(at: Date, given: Partial<Process> = {}): Promise<Process> {
    const start = aStart({
      id: uuidv7({ msecs: at.getTime() }),
      createdAt: at,
      state: 'starting',
      attempts: 1,
      tags: ['old'],
      ...given,
    });
    const operation = { ...start.operation, state: 'sending' as const, attempts: 1 };
    const attempt = anAttempt(operation);
    const accepted = await this.room.store.accept({ ...acceptance({ ...start, operation }), intent: { attempt } });
    if (accepted.outcome !== 'accepted') throw new Error(`It is ${accepted.outcome}`);
    const intended = { process: start.process, lease: accepted.lease, attempt };
    return this.room.store.settle(settlementOf(intended, { to: 'running', at, learnt: { nativeId: uuidv7() } }));
  }

  async completed(at: Date, closedAt = new Date(at.getTime() + dayMs), given: Partial<Process> = {}): Promise<Process> {
    const process = await this.running(at, given);
    await this.room.database.query(
      `insert into elements (id, process_id, native_id) values (gen_random_uuid(), $1, 'element')`,
      [process.id],
    );
    const over = move(process, { to: 'completed', at: closedAt, evidence: 'platform_reported' });
    return this.room.store.observe(changed(process, over));
  }

  /** The same process many times over, each under ids of its own in its month. */
  async repeated({ id }: Process, times: number): Promise<void> {
    await this.room.database.query(
      `with copy as (
         select gen_random_uuid() as random, gen_random_uuid()::text as key, n from generate_series(1, $2) n
       ), named as (
         select key, (left($1::text, 14) || substr(random::text, 15))::uuid as id, random from copy
       ), process as (
         insert into processes
         select row.* from processes p, named, jsonb_populate_record(p, jsonb_build_object('id', named.id)) row where p.id = $1::uuid
       ), operation as (
         insert into operations
         select row.*
         from operations o, named, jsonb_populate_record(o,
           jsonb_build_object('id', named.random, 'process_id', named.id, 'key', named.key)) row
         where o.process_id = $1::uuid
       ), attempt as (
         insert into attempts
         select row.*
         from attempts a, named, jsonb_populate_record(a,
           jsonb_build_object('id', gen_random_uuid(), 'process_id', named.id, 'operation_id', named.random)) row
         where a.process_id = $1::uuid
       ), event as (
         insert into events (process_id, sequence, id, type, time, data)
         select named.id, e.sequence, gen_random_uuid(), e.type, e.time, e.data from events e, named where e.process_id = $1::uuid
       )
       insert into idempotency_keys
       select row.*
       from idempotency_keys k, named, jsonb_populate_record(k,
         jsonb_build_object('key', named.key, 'process_id', named.id, 'operation_id', named.random)) row
       where k.process_id = $1::uuid`,
      [id, times],
    );
  }
}
