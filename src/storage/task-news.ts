import type { EntityManager } from 'typeorm';
import type { TaskNews } from '../processes/task-news.js';

/**
 * Looks for tasks at connections that have open runs. $1 connections, $2 seconds between two looks
 *
 * Rows are compared as wholes, so that only the index of open runs has their order, and it is probed once.
 */
export const claimTaskLooks = `
  with due as (
    select key
    from unnest($1::text[]) key
    left join task_looks l on l.connection = key
    where (l.looked_at is null or l.looked_at <= statement_timestamp() - make_interval(secs => $2::float8))
      and (
        select p.connection = key
        from processes p
        where p.category = 'open' and p.native_id is not null and (p.connection, p.state) >= (key, '')
        order by p.connection, p.state
        limit 1)
  ), looked as (
    insert into task_looks (connection, looked_at)
    select key, clock_timestamp() from due
    on conflict (connection) do update
    set looked_at = excluded.looked_at, looks = task_looks.looks + 1
    where task_looks.looked_at <= clock_timestamp() - make_interval(secs => $2::float8)
    returning connection, looks
  )
  select connection, looks from looked`;

/** What is told of tasks, from Postgres. */
export class PostgresTaskNews implements TaskNews {
  constructor(private readonly database: Pick<EntityManager, 'query'>) {}

  async claimLooks(connections: readonly string[], apartSeconds: number): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ connection: string; looks: string }[]>(claimTaskLooks, [
      connections,
      apartSeconds,
    ]);
    return new Set(rows.filter(({ looks }) => Number(looks) > 0).map(({ connection }) => connection));
  }

  async untold(processId: string, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ id: string }[]>(
      `select asked.id
       from unnest($2::text[]) as asked (id)
       where not exists (
         select
         from events e
         where e.process_id = $1 and e.type = 'task.created' and e.data ->> 'taskId' = asked.id)`,
      [processId, taskIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
