import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../src/config.js';
import { startGateway, type Gateway } from '../src/gateway.js';
import { PinoLog } from '../src/observability/pino-log.js';
import { DatabaseUnusable, requireUsableDatabase } from '../src/storage/database-check.js';
import { openDatabase, type Database } from '../src/storage/database.js';
import { run } from '../src/storage/statement.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { installedPgBouncer, pgBouncer, type PgBouncer } from './pgbouncer.js';

const found = installedPgBouncer();
if (found === null) process.stderr.write('NOT SHOWN: no PgBouncer here, so nothing behind one was tested\n');
const describeBehind = found === null ? describe.skip : describe;

let fresh: FreshDatabase;
let dataDir: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'pooled-'));
});
afterAll(async () => {
  await fresh.drop();
  await rm(dataDir, { recursive: true });
});

async function fault(url: string): Promise<string> {
  try {
    await requireUsableDatabase(url);
    return 'none';
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    return error.message;
  }
}

describeBehind('a transaction pooler that is named as if it were PostgreSQL', () => {
  it.each([
    ['refuses settings of a session', {}],
    ['ignores them', { ignore_startup_parameters: 'options' }],
  ])('is found out where it %s', async (_, settings) => {
    const pooler = await pgBouncer(fresh.url, settings);
    const message = await fault(pooler.url);
    await pooler.remove();

    expect(message).toContain('set DATABASE_DIRECT_URL to the PostgreSQL behind it');
    expect(await fault(fresh.url)).toBe('none');
  });
});

describeBehind('a gateway behind a transaction pooler that lends one session', () => {
  let pooler: PgBouncer;
  let gateway: Gateway;
  const lines: string[] = [];

  beforeAll(async () => {
    pooler = await pgBouncer(fresh.url, { default_pool_size: 1 });
    const config = loadConfig({
      DATABASE_URL: pooler.url,
      DATABASE_DIRECT_URL: fresh.url,
      CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      DATA_DIR: dataDir,
      PORT: '0',
      AUTH: 'off',
      SANDBOX: 'off',
    });
    gateway = await startGateway(config, new PinoLog('info', { write: (line: string) => void lines.push(line) }));
  }, 30_000);
  afterAll(async () => {
    await gateway?.close();
    await pooler?.remove();
  });

  it('is ready, and has told of nothing that is missing', async () => {
    expect((await fetch(`${gateway.url}/healthz/ready`)).status).toBe(200);
    expect(lines.join('')).not.toContain('settings-missing');
  });

  it('works under its own limits, given to the role in this database alone', async () => {
    const pool = await openDatabase({ url: pooler.url, poolSize: 2, pooled: true });
    const [lent] = await pool.query<object[]>(
      `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
         current_setting('idle_in_transaction_session_timeout') as idle, current_setting('timezone') as zone`,
    );
    const others = await pool.query<object[]>(
      `select from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase
       where d.datname is distinct from current_database() and d.datname not like 'test_%'`,
    );
    await pool.destroy();

    expect(lent).toEqual({ lock: '2s', statement: '30s', idle: '10s', zone: 'UTC' });
    expect(others).toEqual([]);
  });

  it('keeps nothing in a session that is lent to others', async () => {
    const pools = await Promise.all([1, 2].map(() => openDatabase({ url: pooler.url, poolSize: 1, pooled: true })));
    const asked = (database: Database, text: string): Promise<unknown> => run(database, { name: 'same', text }, []);
    const answers = [];
    for (const [index, pool] of [...pools, ...pools].entries())
      answers.push(await asked(pool, `select ${index % 2} as of`));
    const [kept] = (await pools[0]?.query<{ count: string }[]>('select count(*) from pg_prepared_statements')) ?? [];
    await Promise.all(pools.map((pool) => pool.destroy()));

    expect(answers).toEqual([[{ of: 0 }], [{ of: 1 }], [{ of: 0 }], [{ of: 1 }]]);
    expect(kept).toEqual({ count: '0' });
  });
});
