import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tables of connections, clients and the way of a start.
 *
 * What belongs to a process is written in one statement with it, so no foreign key watches the tables of the way: each
 * would cost a look-up and a row lock a start, and would forbid to drop a month of history at a time.
 */
export class FirstTables1763700000000 implements MigrationInterface {
  readonly name = 'FirstTables1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table installation (
        singleton boolean primary key default true check (singleton),
        id uuid not null default gen_random_uuid(),
        created_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query('insert into installation default values');

    await runner.query(`
      create table clients (
        id uuid primary key,
        name text not null unique,
        scopes text[] not null,
        connections text[],
        definitions text[],
        addresses text[],
        sees text not null default 'connection' check (sees in ('own', 'connection')),
        requests_per_minute int,
        require_idempotency_key boolean not null,
        expires_at timestamptz,
        version int not null default 1,
        created_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query(`
      create table api_keys (
        id uuid primary key,
        client_id uuid not null references clients on delete cascade,
        prefix text not null,
        hash bytea not null unique,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz
      )`);
    await runner.query('create index api_keys_by_client on api_keys (client_id)');

    await runner.query(`
      create table connections (
        key text primary key,
        platform text not null,
        name text not null,
        base_url text not null,
        auth_shown jsonb not null,
        auth_sealed bytea not null,
        auth_version int not null default 1,
        settings jsonb not null,
        limits jsonb not null,
        paused boolean not null default false,
        state text not null default 'active' check (state in ('active', 'degraded', 'reauthorization_required')),
        state_reason text,
        version int not null default 1,
        created_at timestamptz not null default clock_timestamp(),
        updated_at timestamptz not null default clock_timestamp()
      )`);
    await runner.query(`
      create table definitions (
        connection text not null references connections on delete cascade,
        definition text not null,
        spec jsonb not null,
        read_at timestamptz not null default clock_timestamp(),
        primary key (connection, definition)
      )`);

    await runner.query(`
      create table processes (
        id uuid primary key,
        connection text not null,
        platform text not null,
        definition text not null,
        definition_name text,
        subject_type text,
        subject_id text,
        subject_native text[],
        variables jsonb not null,
        results text[] not null,
        options jsonb not null,
        spec jsonb,
        business_key text,
        tags text[] not null,
        metadata jsonb not null,
        start_before timestamptz,
        start_within_seconds int,
        on_indeterminate text not null,
        run_id text not null,
        client_id uuid not null,
        created_by text not null,
        retry_of uuid,
        created_at timestamptz not null,
        state text not null,
        category text not null,
        native_id text,
        native_state text,
        result jsonb,
        waiting_for jsonb,
        conclusion text,
        evidence text,
        adoption text not null,
        failure jsonb,
        has_incident boolean not null,
        attempts int not null,
        revision int not null,
        last_sequence int not null,
        started_at timestamptz,
        closed_at timestamptz,
        observed_at timestamptz,
        absent_since timestamptz
      )`);
    await runner.query('create index processes_by_connection on processes (connection, id desc)');
    await runner.query('create index processes_by_state on processes (state, id desc)');
    await runner.query(`
      create index processes_by_business_key on processes (business_key, connection, definition, id desc)
      where business_key is not null`);
    await runner.query(`create index processes_by_tag on processes using gin (tags)`);
    await runner.query(`
      create index processes_by_subject on processes (subject_id, subject_type, id desc) where subject_id is not null`);
    await runner.query(`create index processes_open on processes (connection, observed_at) where category = 'open'`);

    await runner.query(`
      create table operations (
        id uuid primary key,
        process_id uuid not null,
        connection text not null,
        kind text not null,
        state text not null check (state in ('queued', 'sending', 'done', 'refused', 'unknown')),
        client_id uuid not null,
        key text not null,
        trace_id text not null,
        input jsonb not null,
        due_at timestamptz not null,
        lease_until timestamptz,
        fencing_token bigint not null default 0,
        attempts int not null default 0,
        created_at timestamptz not null
      )`);
    await runner.query('create index operations_by_process on operations (process_id)');
    await runner.query(`create index operations_due on operations (connection, due_at) where state = 'queued'`);
    await runner.query(
      `create index operations_leased on operations (lease_until) where state in ('sending', 'unknown')`,
    );

    await runner.query(`
      create table attempts (
        id uuid primary key,
        operation_id uuid not null,
        process_id uuid not null,
        number int not null,
        fencing_token bigint not null,
        class text,
        sent_at timestamptz not null,
        answered_at timestamptz,
        native_id text,
        native_fault jsonb,
        message text
      )`);
    await runner.query('create index attempts_by_process on attempts (process_id, id)');

    await runner.query(`
      create table events (
        process_id uuid not null,
        sequence int not null,
        id uuid not null,
        type text not null,
        time timestamptz not null,
        data jsonb not null,
        written_in xid8 not null default pg_current_xact_id(),
        primary key (process_id, sequence)
      )`);
    await runner.query('create index events_in_order on events (written_in, id)');

    await runner.query(`
      create table idempotency_keys (
        client_id uuid not null,
        key text not null,
        fingerprint bytea not null,
        operation_id uuid not null,
        process_id uuid not null,
        answer jsonb,
        created_at timestamptz not null,
        primary key (client_id, key)
      )`);

    await runner.query(`
      create table native_ids (
        connection text not null,
        native_id text not null,
        process_id uuid not null,
        primary key (connection, native_id)
      )`);

    await runner.query(`
      create table elements (
        id uuid primary key,
        process_id uuid not null,
        native_id text not null,
        unique (process_id, native_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table elements, native_ids, idempotency_keys, events, attempts, operations, processes, definitions,
        connections, api_keys, clients, installation`);
  }
}
