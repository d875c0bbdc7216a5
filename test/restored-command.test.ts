import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from './database.js';
import { closeAll, dataDirectory, rowsOf, startHere } from './storage/embedded/elsewhere.js';
import { watchedDatabase } from './storage/watched-database.js';
import { until } from './until.js';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const typescript = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));

/** What `bpmgw restored` said, in a process and an environment of its own. */
async function restored(env: Readonly<Record<string, string>>): Promise<{ out: string; code: number }> {
  const child = spawn(process.execPath, ['--import', typescript, cli, 'restored'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`It ended with ${String(code)}: ${err}`);
  return { out, code };
}

const openHolds = `select h.because, i.kind, i.state
  from database_holds h, incidents i
  where h.released_at is null`;
const oneHold = [{ because: 'The command bpmgw restored was given.', kind: 'database-restored', state: 'open' }];

afterEach(closeAll);

describe('bpmgw restored on a database of its own', () => {
  let database: FreshDatabase;
  const env = (): Record<string, string> => ({
    DATABASE_URL: database.url,
    CREDENTIALS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  });

  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(() => database.drop());

  it('opens a hold although nothing differs, and says what to do next', async () => {
    const { out } = await restored(env());

    expect(out).toMatch(/^The hold [0-9a-f-]{36} is open since /);
    expect(out).toContain('"action":"release"');
    expect(await rowsOf(database.url, openHolds)).toEqual(oneHold);
    expect(await rowsOf(database.url, 'select client, action, result from audit_lines, audit_results')).toEqual([
      { client: 'operator', action: 'database.restored', result: 'done' },
    ]);
  });

  it('is known to a replica that runs, within two seconds', async () => {
    const replica = await watchedDatabase(database.url);
    try {
      await replica.holds.current();
      await restored(env());
      expect(await until(() => replica.holds.current(), 'the replica to know', 2_000)).not.toBeNull();
      expect(replica.log.events).not.toContain('database.restored');
    } finally {
      await replica.close();
    }
  });

  it('may be given twice', async () => {
    await restored(env());
    await restored(env());
    expect(await rowsOf(database.url, openHolds)).toEqual(oneHold);
  });
});

describe('bpmgw restored on the embedded database', () => {
  it('works while no gateway runs, and leaves no server behind', async () => {
    const dataDir = await dataDirectory();
    await restored({ DATA_DIR: dataDir });
    const { url } = await startHere(dataDir);
    expect(await rowsOf(url, openHolds)).toEqual(oneHold);
  });

  it('works beside a gateway that runs', async () => {
    const dataDir = await dataDirectory();
    const { url } = await startHere(dataDir);
    await restored({ DATA_DIR: dataDir });
    expect(await rowsOf(url, openHolds)).toEqual(oneHold);
  });
});
