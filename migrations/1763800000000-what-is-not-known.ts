import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the gateway keeps of what it does not know: lanes and looks of lost starts, incidents, run ids that portals keep;
 * and what replicas share of a portal's limits, and of the database that they stand on.
 */
export class WhatIsNotKnown1763800000000 implements MigrationInterface {
  readonly name = 'WhatIsNotKnown1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table processes
        add column portal text not null default '',
        add column lane text not null default '',
        add column open_incidents text[] not null default '{}',
        add column lane_until timestamptz,
        add column looks int not null default 0,
        add column next_look_at timestamptz,
        add column terminating_since timestamptz`);
    await runner.query('alter table processes alter column portal drop default, alter column lane drop default');
    await runner.query('create index processes_holding_lanes on processes (lane) where lane_until is not null');
    await runner.query('create index processes_to_look_for on processes (next_look_at) where next_look_at is not null');
    await runner.query(`
      create index processes_terminating on processes (terminating_since) where terminating_since is not null`);

    await runner.query(`
      alter table attempts
        add column kind text not null default 'send' check (kind in ('send', 'resend', 'probe')),
        add column lane text,
        add column chosen_id text,
        add column life_seconds float8 not null default 0,
        add column kept boolean not null default false`);
    // Attempts of which a run may exist that nobody has named yet.
    await runner.query(`
      create index attempts_without_run on attempts (lane)
      where lane is not null and (class is null or class in ('unknown', 'accepted_unidentified'))`);
    await runner.query('create index attempts_kept on attempts (id) where kept');

    // Commands go before the starts of their portal, however many of those wait.
    await runner.query(`
      create index operations_due_commands on operations (connection, due_at) where state = 'queued' and kind <> 'start'`);

    // Connections to one portal see the same runs.
    await runner.query('alter table native_ids rename column connection to portal');
    await runner.query(`
      alter table native_ids
        add column claim text not null default 'direct'
          check (claim in ('direct', 'reconciled_exact', 'reconciled_probable', 'operator'))`);

    await runner.query(`
      create table incidents (
        id uuid primary key,
        kind text not null,
        state text not null default 'open' check (state in ('open', 'resolved')),
        connection text,
        process_id uuid,
        webhook_id uuid,
        related_process_ids uuid[] not null default '{}',
        candidates jsonb not null default '[]',
        resolution jsonb,
        version int not null default 1,
        created_at timestamptz not null default clock_timestamp(),
        resolved_at timestamptz
      )`);
    await runner.query(`
      create unique index incidents_open_of_process on incidents (process_id, kind)
      where state = 'open' and process_id is not null`);
    await runner.query(`
      create unique index incidents_open_of_connection on incidents (coalesce(connection, ''), kind)
      where state = 'open' and process_id is null and webhook_id is null`);
    await runner.query(`create index incidents_open on incidents (id) where state = 'open'`);
    await runner.query('create index incidents_by_process on incidents (process_id) where process_id is not null');

    await runner.query(`
      alter table connections
        add column renewals int not null default 0,
        add column renewing_until timestamptz,
        add column state_since timestamptz not null default clock_timestamp()`);
    // A person's word is a command without an operation, and may be about no process.
    await runner.query(`
      alter table idempotency_keys alter column operation_id drop not null, alter column process_id drop not null`);

    await runner.query(`
      create table run_ids (
        connection text primary key references connections on delete cascade,
        kept_at timestamptz[] not null default '{}',
        ignored_at timestamptz,
        kept_since timestamptz,
        seen int not null default 0,
        distrusted boolean not null default false,
        since timestamptz not null default '-infinity'
      )`);

    // Lost with a crash of the database: a bucket that is empty again is what a portal has after it as well.
    await runner.query(`
      create unlogged table portal_budgets (
        portal text primary key,
        level float8 not null default 0,
        counted_at timestamptz not null default clock_timestamp(),
        granted float8 not null default 0,
        trickled_at timestamptz,
        closed_until timestamptz
      )`);
    await runner.query(`
      create unlogged table method_uses (
        portal text not null,
        method text not null,
        operating_seconds float8 not null,
        allowed_seconds float8 not null,
        resets_at timestamptz,
        closed_until timestamptz,
        told_at timestamptz not null default clock_timestamp(),
        primary key (portal, method)
      )`);
    await runner.query(`
      create unlogged table queue_depths (
        connection text primary key,
        depth bigint not null default 0
      )`);

    await runner.query(`
      create table database_marks (
        singleton boolean primary key default true check (singleton),
        system_identifier text not null,
        timeline text not null,
        database_oid bigint not null,
        table_oid bigint not null,
        noted_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query(`
      create table database_holds (
        id uuid primary key,
        because text not null,
        noticed_at timestamptz not null default clock_timestamp(),
        released_at timestamptz,
        released_by text
      )`);
    await runner.query('create unique index database_holds_open on database_holds ((true)) where released_at is null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table database_holds, database_marks, queue_depths, method_uses, portal_budgets, run_ids, incidents`);
    await runner.query(
      'alter table connections drop column renewals, drop column renewing_until, drop column state_since',
    );
    await runner.query('delete from idempotency_keys where operation_id is null');
    await runner.query(`
      alter table idempotency_keys alter column operation_id set not null, alter column process_id set not null`);
    await runner.query('drop index operations_due_commands');
    await runner.query('alter table native_ids drop column claim');
    await runner.query('alter table native_ids rename column portal to connection');
    await runner.query(
      'alter table attempts drop column kind, drop column lane, drop column chosen_id, drop column life_seconds, drop column kept',
    );
    await runner.query(`
      alter table processes
        drop column portal, drop column lane, drop column open_incidents, drop column lane_until, drop column looks,
        drop column next_look_at, drop column terminating_since`);
  }
}
