import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Consents that were asked for, credentials that end, portals that move, and what is told of connections. */
export class SignIn1763920000000 implements MigrationInterface {
  readonly name = 'SignIn1763920000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table connections
        add column portal text,
        add column moved_from text,
        add column moved_at timestamptz,
        add column auth_ends_at timestamptz,
        add column kept_alive_at timestamptz,
        add column warned_days int`);
    await runner.query(`
      create index connections_ending on connections (auth_ends_at) where auth_ends_at is not null`);
    // A portal keeps the name that its runs are kept under, whatever addresses it gets.
    await runner.query('create table portal_names (origin text primary key, portal text not null)');
    await runner.query(`
      create table consents (
        id uuid primary key,
        connection text not null,
        made_at timestamptz not null,
        version int not null,
        expires_at timestamptz not null
      )`);
    await runner.query(`
      create table connection_events (
        id uuid primary key,
        connection text not null,
        type text not null,
        time timestamptz not null default clock_timestamp(),
        data jsonb not null,
        written_in xid8 not null default pg_current_xact_id()
      )`);
    await runner.query('create index connection_events_of_connection on connection_events (connection, type, time)');
    await runner.query('create index connection_events_in_order on connection_events (written_in, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table connection_events, consents, portal_names');
    await runner.query(`
      alter table connections
        drop column portal, drop column moved_from, drop column moved_at, drop column auth_ends_at,
        drop column kept_alive_at, drop column warned_days`);
  }
}
