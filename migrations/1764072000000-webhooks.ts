import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told by webhook, up to where of the feed, and what became of each delivery. */
export class Webhooks1764072000000 implements MigrationInterface {
  readonly name = 'Webhooks1764072000000';

  async up(runner: QueryRunner): Promise<void> {
    // `visible_…`: what its maker may see; the columns from `written_in` on are the machine's alone.
    await runner.query(`
      create table webhooks (
        id uuid primary key,
        url text not null,
        types text[],
        connections text[],
        description text,
        state text not null default 'active' check (state in ('active', 'disabled')),
        secret_sealed bytea not null,
        old_secret_sealed bytea,
        old_secret_until timestamptz,
        client_id uuid not null,
        of_stored_client boolean not null,
        visible_connections text[],
        visible_definitions text[],
        visible_client_id uuid,
        version int not null default 1,
        created_at timestamptz not null default clock_timestamp(),
        written_in xid8 not null,
        event_id uuid not null,
        sequence int not null,
        seen_to timestamptz not null,
        not_before timestamptz not null,
        is_failing boolean not null default false,
        lease_token uuid,
        lease_until timestamptz,
        served_at timestamptz
      )`);
    await runner.query(`
      create table deliveries (
        id uuid primary key,
        place bigint not null generated always as identity,
        webhook_id uuid not null references webhooks on delete cascade,
        process_id uuid,
        event jsonb not null,
        state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
        tries jsonb not null default '[]',
        tried int not null default 0,
        next_try_at timestamptz,
        version int not null default 1
      )`);
    await runner.query(`
      create index deliveries_waiting on deliveries (webhook_id, place) where state = 'waiting'`);
    await runner.query(`
      create index deliveries_waiting_of_process on deliveries (webhook_id, process_id, place) where state = 'waiting'`);
    await runner.query('create index deliveries_of_webhook on deliveries (webhook_id, id)');
    await runner.query(`
      create index incidents_open_of_webhook on incidents (webhook_id) where state = 'open' and webhook_id is not null`);
    // What is told of webhooks is of no connection.
    await runner.query('alter table connection_events alter column connection drop not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('delete from connection_events where connection is null');
    await runner.query('alter table connection_events alter column connection set not null');
    await runner.query('drop index incidents_open_of_webhook');
    await runner.query('drop table deliveries, webhooks');
  }
}
