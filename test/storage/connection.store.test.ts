import type { DataSource } from 'typeorm';
import type { Connection } from '../../src/connections/connection.js';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase } from '../../src/storage/database.js';
import { PostgresDefinitionStore } from '../../src/storage/definition.store.js';
import { limits, newConnection } from '../connections/samples.js';
import { freshDatabase, type FreshDatabase } from '../database.js';

let fresh: FreshDatabase;
let database: DataSource;
let store: PostgresConnectionStore;
let definitions: PostgresDefinitionStore;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 4 });
  store = new PostgresConnectionStore(database);
  definitions = new PostgresDefinitionStore(database);
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(async () => {
  await database.query('truncate connections, definitions, run_ids, processes, operations cascade');
});

async function registered(given: Parameters<typeof newConnection>[0] = {}): Promise<Connection> {
  const connection = await store.register(newConnection(given));
  if (!connection) throw new Error('The key is taken');
  return connection;
}

const states = {
  queued: 'pending',
  indeterminate: 'pending',
  running: 'open',
  terminating: 'open',
  completed: 'closed',
};

/** A process row with nothing but what this room reads of one. */
async function aProcess(state: keyof typeof states, connection = 'sales-portal'): Promise<void> {
  const required = await database.query<{ column_name: string; data_type: string }[]>(
    `select column_name, data_type
     from information_schema.columns
     where table_schema = 'public' and table_name = 'processes' and is_nullable = 'NO'`,
  );
  const empty: Readonly<Record<string, string>> = {
    uuid: 'gen_random_uuid()',
    jsonb: `'{}'`,
    ARRAY: `'{}'`,
    integer: '0',
    boolean: 'false',
    'timestamp with time zone': 'clock_timestamp()',
  };
  const given: Readonly<Record<string, string>> = {
    connection: `'${connection}'`,
    state: `'${state}'`,
    category: `'${states[state]}'`,
  };
  const values = required.map((column) => given[column.column_name] ?? empty[column.data_type] ?? `''`);
  const names = required.map((column) => column.column_name).join(', ');
  await database.query(`insert into processes (${names}) values (${values.join(', ')})`);
}

describe('a connection that is registered', () => {
  it('is found with its sealed credentials', async () => {
    const connection = await registered();

    expect(connection).toMatchObject({ key: 'sales-portal', state: 'active', stateReason: null, version: 1, limits });
    expect(await store.find('sales-portal')).toEqual({
      connection,
      authSealed: Buffer.from('sealed'),
      authVersion: 1,
    });
  });

  it('keeps its key from a second one', async () => {
    await registered();

    expect(await store.register(newConnection({ name: 'Another' }))).toBeNull();
    expect((await store.find('sales-portal'))?.connection.name).toBe('Sales portal');
  });

  it('is brought to new terms and credentials where it is refreshed', async () => {
    await registered();
    await store.mark('sales-portal', { state: 'degraded', reason: 'closed' }, 1);

    const auth = { shown: { type: 'token' }, sealed: Buffer.from('other') };
    const refreshed = await store.refresh(newConnection({ baseUrl: 'http://127.0.0.1:1', auth }));

    expect(refreshed).toMatchObject({ baseUrl: 'http://127.0.0.1:1', state: 'active', version: 2 });
    expect(await store.find('sales-portal')).toMatchObject({ authSealed: Buffer.from('other'), authVersion: 2 });
  });
});

describe('a change', () => {
  const terms = {
    name: 'Renamed',
    baseUrl: 'https://sales.example',
    settings: {},
    limits,
    setsRunIds: false,
  };

  it('counts the version on', async () => {
    await registered();

    expect(await store.change('sales-portal', 1, terms)).toMatchObject({ name: 'Renamed', version: 2 });
  });

  it('writes nothing where somebody was faster', async () => {
    await registered();
    await store.change('sales-portal', 1, terms);

    expect(await store.change('sales-portal', 1, { ...terms, name: 'Late' })).toBeNull();
    expect((await store.find('sales-portal'))?.connection.name).toBe('Renamed');
  });

  it('forgets the definitions of the address that the connection leaves, and no others', async () => {
    await registered();
    await registered({ key: 'other' });
    await definitions.remember('sales-portal', [definition]);
    await definitions.remember('other', [definition]);

    await store.change('sales-portal', 1, terms);
    expect(await definitions.find('sales-portal', '1')).not.toBeNull();

    await store.change('sales-portal', 2, { ...terms, baseUrl: 'https://elsewhere.example' });
    expect(await definitions.find('sales-portal', '1')).toBeNull();
    expect(await definitions.find('other', '1')).not.toBeNull();
  });
});

describe('credentials', () => {
  const auth = { shown: { type: 'token' }, sealed: Buffer.from('renewed') };

  it('end a state that the old ones caused', async () => {
    await registered({ condition: { state: 'reauthorization_required', reason: 'refused' } });

    expect(await store.replaceCredentials('sales-portal', auth, { state: 'active', reason: null })).toBe(true);
    expect(await store.find('sales-portal')).toMatchObject({
      connection: { state: 'active', stateReason: null, auth: { type: 'token' }, version: 2 },
      authVersion: 2,
    });
  });

  it('of a connection that is not there are not stored', async () => {
    expect(await store.replaceCredentials('nobody', auth, { state: 'active', reason: null })).toBe(false);
  });

  it('that the platform renewed leave the version of people alone', async () => {
    await registered();

    expect(await store.renewCredentials('sales-portal', auth, 1)).toBe(true);
    expect(await store.find('sales-portal')).toMatchObject({ connection: { version: 1 }, authVersion: 2 });
  });

  it('that were renewed from a pair which is no longer the stored one are not stored', async () => {
    await registered();
    const both = await Promise.all([
      store.renewCredentials('sales-portal', { ...auth, sealed: Buffer.from('a') }, 1),
      store.renewCredentials('sales-portal', { ...auth, sealed: Buffer.from('b') }, 1),
    ]);

    expect(both.filter(Boolean)).toHaveLength(1);
  });
});

describe('removing a connection', () => {
  it.each(['queued', 'indeterminate', 'running', 'terminating'] as const)(
    'is not possible while a process of it is %s',
    async (state) => {
      await registered();
      await aProcess(state);

      expect(await store.remove('sales-portal', 1)).toBe('in_use');
      expect(await store.find('sales-portal')).not.toBeNull();
    },
  );

  it.each([
    ['running', 'in_use'],
    ['completed', 'removed'],
  ] as const)(
    'with a command that goes through it for a process of another one, which is %s, ends in %s',
    async (state, end) => {
      await registered();
      await aProcess(state, 'other-portal');
      await database.query(
        `insert into operations (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, created_at)
       select gen_random_uuid(), id, 'sales-portal', 'complete_task', 'queued', gen_random_uuid(), 'k', 't', '{}',
         clock_timestamp(), clock_timestamp()
       from processes`,
      );

      expect(await store.remove('sales-portal', 1)).toBe(end);
    },
  );

  it('leaves its closed processes', async () => {
    await registered();
    await aProcess('completed');

    expect(await store.remove('sales-portal', 1)).toBe('removed');
    expect(await database.query('select from processes')).toHaveLength(1);
  });

  it('does not happen to a version that the remover has not seen', async () => {
    await registered();

    expect(await store.remove('sales-portal', 7)).toBe('stale');
  });
});

describe('a pause', () => {
  it('hides what the machine knows until the connection is resumed', async () => {
    await registered();
    await store.mark('sales-portal', { state: 'degraded', reason: 'closed' }, 1);

    expect(await store.pause('sales-portal')).toMatchObject({ state: 'paused', version: 2 });
    expect(await store.pause('sales-portal')).toMatchObject({ state: 'paused', version: 2 });
    expect(await store.resume('sales-portal')).toMatchObject({ state: 'degraded', stateReason: 'closed', version: 3 });
    expect(await store.pause('nobody')).toBeNull();
  });
});

describe('a mark', () => {
  const degraded = { state: 'degraded', reason: 'closed' } as const;

  it('is made once and leaves the version of people alone', async () => {
    await registered();

    expect(await store.mark('sales-portal', degraded, 1)).toBe(true);
    expect(await store.mark('sales-portal', degraded, 1)).toBe(false);
    expect((await store.find('sales-portal'))?.connection).toMatchObject({ state: 'degraded', version: 1 });
  });

  it('says nothing about credentials that came later', async () => {
    await registered();
    await store.replaceCredentials('sales-portal', newConnection().auth, { state: 'active', reason: null });

    expect(await store.mark('sales-portal', { state: 'reauthorization_required', reason: 'refused' }, 1)).toBe(false);
    expect((await store.find('sales-portal'))?.connection.state).toBe('active');
  });
});

describe('the list', () => {
  it('goes from the newest to the oldest, page by page', async () => {
    for (const key of ['a', 'b', 'c']) await registered({ key });

    const first = await store.page({ keys: null, after: null, limit: 2 });
    expect(first.map(({ key }) => key)).toEqual(['c', 'b']);
    const rest = await store.page({ keys: null, after: first[1] ?? null, limit: 2 });
    expect(rest.map(({ key }) => key)).toEqual(['a']);
  });

  it('holds only what its reader may see', async () => {
    for (const key of ['a', 'b', 'c']) await registered({ key });

    const seen = await store.page({ keys: ['b', 'nobody'], after: null, limit: 50 });
    expect(seen.map(({ key }) => key)).toEqual(['b']);
  });
});

const definition = {
  definition: '1',
  name: 'Approval\0 \ud800',
  subjectTypes: [],
  parameters: [],
  outputs: [],
  inputSchema: null,
  native: {},
};

describe('a remembered definition', () => {
  it('tells its age, and loses what Postgres cannot hold', async () => {
    await registered();
    await definitions.remember('sales-portal', [definition]);
    await database.query(`update definitions set read_at = read_at - interval '10 minutes'`);

    const cached = await definitions.find('sales-portal', '1');
    expect(cached?.definition.name).toBe('Approval\uFFFD \uFFFD');
    expect(cached?.ageMs).toBeGreaterThanOrEqual(600_000);

    await definitions.remember('sales-portal', [definition]);
    expect((await definitions.find('sales-portal', '1'))?.ageMs).toBeLessThan(60_000);
  });

  it('goes when the portal has it no more, or with its connection', async () => {
    await registered();
    await definitions.remember('sales-portal', [definition, { ...definition, definition: '2' }]);

    await definitions.forget('sales-portal', '1');
    expect(await definitions.find('sales-portal', '1')).toBeNull();
    await store.remove('sales-portal', 1);
    expect(await definitions.find('sales-portal', '2')).toBeNull();
    await definitions.remember('sales-portal', [definition]);
    expect(await definitions.find('sales-portal', '1')).toBeNull();
  });
});
