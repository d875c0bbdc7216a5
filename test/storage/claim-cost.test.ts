import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimDue, claimExpired } from '../../src/storage/claim.sql.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

/** Pages that a statement looks at are counted: they do not depend on how busy the machine is. */
const claimed = 100;
const shallow = 1_000;
const deep = 50_000;

describe('A queue that grows', () => {
  let fresh: FreshDatabase;
  let database: Database;
  let filled = 0;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await openDatabase({ url: fresh.url, poolSize: 1 });
    await database.query(`insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits)
      values ('c', 'p', 'c', 'u', '{}', '', '{}', '{}')`);
    await fill(shallow);
  });

  afterAll(async () => {
    // What stands in a database at its end is searched for secrets; so many rows of one kind tell nothing.
    await database.query('truncate processes, operations');
    await database.destroy();
    await fresh.drop();
  });

  it('costs the look for starts whose time has passed nothing before anything is known of the tables', async () => {
    expect(await pages(claimExpired, [claimed, 30])).toBeLessThan(20);
    expect(await pages(claimExpired, [claimed, 30], lent)).toBeLessThan(20);
  });

  it('costs a claim no more pages than a short one, behind a pooler too', async () => {
    await database.query('analyze');
    const before = await pages(claimDue, claimTerms);
    await fill(deep);
    await database.query('analyze');
    expect(before).toBeGreaterThan(claimed);
    expect(await pages(claimDue, claimTerms)).toBeLessThan(before * 2);
    expect(await pages(claimDue, claimTerms, lent)).toBeLessThan(before * 2);
  });

  it('costs a claim nothing for starts that are put off', async () => {
    await database.query(`update operations set due_at = clock_timestamp() + interval '1 hour'`);
    await database.query('vacuum operations');
    expect(await pages(claimDue, claimTerms)).toBeLessThan(20);
  });

  it('costs the look for starts whose time has passed nothing', async () => {
    await database.query(`update processes set start_before = clock_timestamp() + interval '1 hour'`);
    await database.query('vacuum processes');
    expect(await pages(claimExpired, [claimed, 30])).toBeLessThan(20);
  });

  /** A session that a transaction pooler lends has no plans of ours. */
  const lent = 'set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on';
  const claimTerms = [['c'], [claimed], [10], [100], 30];

  /** Starts of a thousand lanes that are due one after the other. */
  async function fill(starts: number): Promise<void> {
    const numbers = [filled, filled + starts - 1];
    filled += starts;
    const id = (kind: string): string => `('0190${kind}000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`;
    await database.query(
      `insert into processes (
         id, connection, platform, definition, variables, results, options, tags, metadata, on_indeterminate, run_id,
         client_id, created_by, created_at, state, category, adoption, has_incident, attempts, revision, last_sequence,
         portal, lane)
       -- as wide as they are, which the planner counts by while it knows nothing else
       select ${id('0')}, 'c', 'p', 'd', jsonb_build_object('Note', repeat('x', 1000)), '{}', '{}', '{}', '{}', 'block', 'r',
         gen_random_uuid(), 'x', clock_timestamp(), 'queued', 'pending', 'direct', false, 0, 1, 1,
         'c', 'lane ' || i % 1000
       from generate_series($1::int, $2::int) i`,
      numbers,
    );
    await database.query(
      `insert into operations (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, created_at)
       select ${id('1')}, ${id('0')}, 'c', 'start', 'queued', gen_random_uuid(), 'k' || i, 't', '{}',
         timestamptz '2026-01-01' + i * interval '1 ms', clock_timestamp()
       from generate_series($1::int, $2::int) i`,
      numbers,
    );
  }

  async function pages(statement: string, values: readonly unknown[], settings = ''): Promise<number> {
    const session = database.createQueryRunner();
    try {
      await session.startTransaction();
      if (settings !== '') await session.query(settings);
      const rows: { 'QUERY PLAN': string }[] = await session.query(
        `explain (analyze, buffers, timing off) ${statement}`,
        [...values],
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      const [, hit = '0', read = '0'] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(plan) ?? [];
      return Number(hit) + Number(read);
    } finally {
      await session.rollbackTransaction();
      await session.release();
    }
  }
});
