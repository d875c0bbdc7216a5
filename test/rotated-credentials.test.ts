import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { keyIdOf, SecretBox } from '../src/lib/secret-box.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { ofProcess } from '../src/processes/sealed-values.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { bpmgw, waitsToWrite } from './operators-command.js';
import { register, send, type Said } from './proofs/connections.js';
import { runReplica, type Replica } from './proofs/replica.js';
import { executed, openSandbox, uniqueValue, workflow } from './proofs/starts.js';
import { until } from './until.js';

/** Replicas start one after the other. */
jest.setTimeout(240_000);

const oldKey = `old:${Buffer.alloc(32, 7).toString('base64')}`;
const newKey = `new:${Buffer.alloc(32, 9).toString('base64')}`;
const application = 'application';

/** By application, whose tokens end. */
const start = { ...workflow, connection: 1 };

let database: FreshDatabase;
let sql: Client;
let dataDir: string;
let sandbox: Sandbox;
let env: Record<string, string>;
let serving: readonly Replica[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  dataDir = await mkdtemp(join(tmpdir(), 'rotation-'));
  sandbox = await openSandbox(start);
  env = { DATABASE_URL: database.url, DATA_DIR: dataDir, STATUS_POLL_SECONDS: '86400', LOG_LEVEL: 'trace' };
});
afterAll(async () => {
  for (const replica of serving) await replica.end();
  await sandbox?.close();
  await sql?.end();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Which keys have sealed what lies in these columns. */
async function keysInUse(): Promise<readonly string[]> {
  const { rows } = await sql.query<{ sealed: Buffer }>(
    `select auth_sealed as sealed from connections
     union all
     select decode(sealed_variables, 'base64') from processes where sealed_variables is not null`,
  );
  return [...new Set(rows.map(({ sealed }) => keyIdOf(sealed)))].toSorted();
}

/** Callers that go on starting at whatever serves, until they are told to end. */
class Load {
  readonly uniques: string[] = [];
  readonly answers: Said[] = [];
  readonly #underWay = new Map<Replica, number>();
  #goesOn = true;
  readonly #callers = [0, 1].map((turn) => this.#call(turn));

  /** Nobody asks this replica any more. */
  leftBy(replica: Replica): Promise<unknown> {
    return until(() => (this.#underWay.get(replica) ?? 0) === 0, 'the answers of a replica that is to stop');
  }

  async end(): Promise<void> {
    this.#goesOn = false;
    await Promise.all(this.#callers);
  }

  async #call(turn: number): Promise<void> {
    let at = turn;
    while (this.#goesOn) {
      at += 1;
      const replica = serving[at % serving.length];
      if (!replica) throw new Error('Nobody serves');
      const unique = uniqueValue();
      this.uniques.push(unique);
      this.#underWay.set(replica, (this.#underWay.get(replica) ?? 0) + 1);
      const said = await send(replica, unique, { connection: application, ...start.fields(unique) });
      this.#underWay.set(replica, (this.#underWay.get(replica) ?? 0) - 1);
      this.answers.push(said);
    }
  }
}

/** As an operator does it behind a load balancer: a new one serves before an old one is told to stop. */
async function replaced(keys: string, load: Load): Promise<void> {
  for (const before of serving) {
    const after = await runReplica({ ...env, CREDENTIALS_KEYS: keys });
    serving = [...serving.filter((one) => one !== before), after];
    await load.leftBy(before);
    await before.end();
  }
}

async function expireTokens(): Promise<void> {
  await fetch(`${sandbox.url}/_sandbox/oauth`, { method: 'POST', body: JSON.stringify({ expireTokens: true }) });
}

const rotate = (keys: string): ReturnType<typeof bpmgw> =>
  bpmgw(['rotate-credentials'], { ...env, CREDENTIALS_KEYS: keys });

describe('a new key for credentials', () => {
  it('takes the place of the old one while starts go on and tokens are renewed', async () => {
    serving = [
      await runReplica({ ...env, CREDENTIALS_KEYS: oldKey }),
      await runReplica({ ...env, CREDENTIALS_KEYS: oldKey }),
    ];
    const [first] = serving;
    if (!first) throw new Error('Nobody serves');
    await register(first, application, { start, sandbox, baseUrl: sandbox.url, settings: { runIds: 'off' } });
    const marked = await fetch(`${first.url}/v1/connections/${application}/definitions/3`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sensitive: ['Note'] }),
    });
    expect(marked.status).toBe(200);
    const load = new Load();
    await until(() => load.answers.length > 5, 'some starts');
    expect(await keysInUse()).toEqual(['old']);

    await replaced(`${newKey},${oldKey}`, load);
    await expireTokens();
    const { out, err, code } = await rotate(`${newKey},${oldKey}`).ended;
    await expireTokens();

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('No other key is needed for what is stored.');
    expect(await keysInUse()).toEqual(['new']);
    await replaced(newKey, load);
    const since = load.answers.length;
    await until(() => load.answers.length > since + 5, 'starts with the new key alone');
    await load.end();

    expect(load.answers.filter(({ status, body }) => status !== 201 || body.state !== 'running')).toEqual([]);
    const ran = await executed(sandbox);
    expect(ran.filter((one) => load.uniques.includes(one)).toSorted()).toEqual(load.uniques.toSorted());
    for (const key of [oldKey, newKey]) expect(out).not.toContain(key.slice(4));
  });

  it('is put everywhere by a second run where the first was killed in the middle', async () => {
    const box = new SecretBox([{ id: 'old', key: Buffer.alloc(32, 7) }]);
    const ids = Array.from({ length: 40 }, (_, at) => `01a20000-0000-7000-8000-${String(at).padStart(12, '0')}`);
    for (const id of ids) {
      await sql.query(
        `insert into processes
         select (p).* from (
           select json_populate_record(p, json_build_object('id', $1::text, 'sealed_variables', $2::text)) as p
           from processes p limit 1) row`,
        [id, box.seal('{"Note":"of nobody"}', ofProcess(id)).toString('base64')],
      );
    }
    const held = new Client({ connectionString: database.url });
    await held.connect();
    await held.query('begin');
    await held.query('select from processes where id = $1 for update', [ids[20]]);

    const killed = rotate(`${newKey},${oldKey}`);
    await waitsToWrite(sql, 'processes');
    killed.child.kill('SIGKILL');
    await killed.ended;
    await held.query('rollback');
    await held.end();
    expect(await keysInUse()).toEqual(['new', 'old']);

    const { out, code } = await rotate(`${newKey},${oldKey}`).ended;
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/processes\.sealed_variables +(19|20) sealed anew/),
    });
    expect(await keysInUse()).toEqual(['new']);
    expect((await rotate(`${newKey},${oldKey}`).ended).out).toMatch(/processes\.sealed_variables +0 sealed anew/);
  });
});
