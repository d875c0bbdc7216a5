import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { SecretBox } from '../src/lib/secret-box.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { bpmgw, gatewayThatEnds, isLetGo, waitsToWrite } from './operators-command.js';
import { register } from './proofs/connections.js';
import { runReplica } from './proofs/replica.js';
import { openSandbox, workflow } from './proofs/starts.js';

/** Replicas and commands start one after the other. */
jest.setTimeout(240_000);

const keyOf = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
const [oldKey, newKey, nextKey] = [keyOf('old', 7), keyOf('new', 9), keyOf('next', 3)];
const start = { ...workflow, connection: 1 };

let database: FreshDatabase;
let sql: Client;
let dataDir: string;
let sandbox: Sandbox;
let env: Record<string, string>;

/** A gateway that has sealed with the old key, knows the new one, and has stopped. */
beforeAll(async () => {
  database = await freshDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  dataDir = await mkdtemp(join(tmpdir(), 'rotation-'));
  sandbox = await openSandbox(start);
  env = { DATABASE_URL: database.url, DATA_DIR: dataDir };
  const replica = await runReplica({ ...env, CREDENTIALS_KEYS: `${oldKey},${newKey}` });
  await register(replica, 'application', { start, sandbox, baseUrl: sandbox.url });
  await replica.end();
});
afterAll(async () => {
  await sandbox?.close();
  await sql?.end();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const rotate = (keys: string): ReturnType<typeof bpmgw>['ended'] =>
  bpmgw(['rotate-credentials'], { ...env, CREDENTIALS_KEYS: keys }).ended;

/** Everything that is sealed, as it lies there. */
async function everythingSealed(): Promise<readonly unknown[]> {
  const { rows } = await sql.query(
    `select encode(fingerprint_key_sealed, 'hex') as sealed from installation
     union all
     select encode(auth_sealed, 'hex') from connections`,
  );
  return rows;
}

/** What it says of keys that it refuses, where nothing has changed. */
async function refusalOf(keys: string): Promise<string> {
  const before = await everythingSealed();
  const { out, err, code } = await rotate(keys);
  const after = await everythingSealed();
  if (code !== 1 || out !== '') throw new Error(`It ended with ${code}: ${out}`);
  if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error('It has changed what is sealed');
  return err;
}

describe('a new key for credentials', () => {
  it('is refused until a replica has started with it', async () => {
    expect(await refusalOf(`${nextKey},${oldKey}`)).toMatch(
      /^No replica has started with the key "next" yet\. Nothing was changed: [^\n]+\n$/,
    );
  });

  it('is refused where it is mistyped, by the command and by a replica, before it has sealed anything', async () => {
    const mistyped = `${keyOf('new', 4)},${oldKey}`;
    expect(await refusalOf(mistyped)).toMatch(
      /^The key "new" [^\n]* another one than replicas have [^\n]* Nothing was changed\.\n$/,
    );
    const replica = await gatewayThatEnds({ ...env, PORT: '0', LOG_LEVEL: 'silent', CREDENTIALS_KEYS: mistyped }).ended;
    expect(replica).toEqual({
      code: 1,
      out: '',
      err: 'The key "new" in CREDENTIALS_KEYS is another one than replicas have by this name; compare it with theirs.\n',
    });
  });

  it('is refused where the old one is wrong or missing', async () => {
    expect(await refusalOf(`${newKey},${keyOf('old', 4)}`)).toMatch(
      /^The key "old" [^\n]* is not the one that sealed [^\n]*: 1 in installation[^\n]*, 1 in connections[^\n]* Nothing was changed\.\n$/,
    );
    expect(await refusalOf(newKey)).toMatch(/^CREDENTIALS_KEYS lacks the key "old", [^\n]* Nothing was changed\.\n$/);
  });

  it('does not take the place of the old one while the house key alone needs that', async () => {
    const done = await rotate(`${newKey},${oldKey}`);
    expect(done.out).toContain('No other key is needed for what is stored.');
    const put = await houseKeyUnder('old');
    expect(await refusalOf(newKey)).toMatch(
      /^CREDENTIALS_KEYS lacks the key "old", which is still needed: 1 in installation\.fingerprint_key_sealed\. Nothing was changed\.\n$/,
    );

    const held = new Client({ connectionString: database.url });
    await held.connect();
    await held.query('begin');
    await held.query('select from installation for update');
    const killed = bpmgw(['rotate-credentials'], { ...env, CREDENTIALS_KEYS: `${newKey},${oldKey}` });
    await waitsToWrite(sql, 'installation');
    killed.child.kill('SIGKILL');
    await killed.ended;
    await held.query('rollback');
    await held.end();
    await isLetGo(sql, 'installation');

    // What the killed command had sent may still have been carried out: it is as before, or done.
    const again = await rotate(`${newKey},${oldKey}`);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/installation\.fingerprint_key_sealed +[01] sealed anew/);
    expect(again.out).toContain('No other key is needed for what is stored.');
    expect((await everythingSealed())[0]).not.toEqual({ sealed: put });
    expect((await rotate(newKey)).code).toBe(0);
  });

  it('is refused where another one has its id and has sealed with it', async () => {
    expect(await refusalOf(`${keyOf('new', 5)},${oldKey}`)).toMatch(
      /^The key "new" in CREDENTIALS_KEYS is not the one that sealed [^\n]* Nothing was changed\.\n$/,
    );
  });

  it('is not said to be all that is needed where something does not open', async () => {
    await sql.query(`update connections set auth_sealed = overlay(auth_sealed placing '\\x00'::bytea from 20)`);
    await runReplica({ ...env, CREDENTIALS_KEYS: `${newKey},${nextKey}` }).then((replica) => replica.end());
    const { out, code } = await rotate(`${nextKey},${newKey}`);
    expect(code).toBe(1);
    expect(out).toContain('connections.auth_sealed of application');
    expect(out).toContain('"new": 1 in connections.auth_sealed');
  });
});

/** Puts the house key under another one of the keys, as it was before. @returns it as it lies there, in hexadecimal */
async function houseKeyUnder(id: string): Promise<string> {
  const keys = [oldKey, newKey].map((one) => ({
    id: one.slice(0, 3),
    key: Buffer.from(one.slice(4), 'base64'),
  }));
  const { rows } = await sql.query<{ id: string; sealed: Buffer }>(
    'select id, fingerprint_key_sealed as sealed from installation',
  );
  const [row] = rows;
  if (!row) throw new Error('There is no house key');
  const place = { table: 'installation', row: row.id, column: 'fingerprint_key_sealed' };
  const under = new SecretBox(keys.filter((one) => one.id === id));
  const sealed = under.seal(new SecretBox(keys).open(row.sealed, place), place);
  await sql.query('update installation set fingerprint_key_sealed = $1', [sealed]);
  return sealed.toString('hex');
}
