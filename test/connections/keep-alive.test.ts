import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FollowMoves } from '../../src/connections/follow-moves.js';
import { KeepAlive } from '../../src/connections/keep-alive.js';
import { OpenPortals } from '../../src/connections/open-portals.js';
import { PortalOpener } from '../../src/connections/portal-opener.js';
import { Vault } from '../../src/connections/vault.js';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import { SecretBox } from '../../src/lib/secret-box.js';
import { bitrix24Sandbox } from '../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';
import { platformKindOf } from '../../src/platforms/registry.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { PostgresConnectionStore } from '../../src/storage/connection.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresKeepAliveStore } from '../../src/storage/keep-alive.store.js';
import { PostgresMoveStore } from '../../src/storage/move.store.js';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { newConnection } from './samples.js';

let fresh: FreshDatabase;
let database: Database;
let sandbox: Sandbox;
const logged: (readonly [event: string, fields: object])[] = [];
const log = {
  info: (event: string, fields: object = {}) => void logged.push([event, fields]),
  warn: (event: string, fields: object = {}) => void logged.push([event, fields]),
  error: (event: string, fields: object = {}) => void logged.push([event, fields]),
};
const vault = new Vault(new SecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]));

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, poolSize: 10 });
});
afterAll(async () => {
  await database.destroy();
  await fresh.drop();
});
beforeEach(async () => {
  logged.length = 0;
  await database.query('truncate connections, connection_events, incidents cascade');
  sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null });
  const kind = platformKindOf('bitrix24');
  const auth = kind?.readAuth(sandbox.connections[1]?.fields['auth']);
  if (!kind || !auth || 'faults' in auth) throw new Error('The sandbox has an application');
  await new PostgresConnectionStore(database).register(
    newConnection({
      key: 'sales',
      platform: 'bitrix24',
      baseUrl: sandbox.url,
      settings: { runIds: 'off' },
      auth: vault.seal('sales', kind, auth.value),
    }),
  );
});
afterEach(() => sandbox.close());

/** One replica's. */
function keepAlive(): KeepAlive {
  const store = new PostgresConnectionStore(database);
  const rules = { allow: [], http: false, ownPorts: [sandbox.port] };
  const moves = new FollowMoves({ store: new PostgresMoveStore(database), egress: rules, log });
  const opener = new PortalOpener(store, vault, guardedExchange(rules), () => {}, moves);
  const portals = new OpenPortals({ store, opener, kindOf: platformKindOf, now: () => performance.now(), log });
  return new KeepAlive({ store: new PostgresKeepAliveStore(database), portals, log });
}

/** The credentials end in so many days, and a day has passed since somebody tried to renew them. */
async function endIn(days: number): Promise<void> {
  await database.query(
    `update connections
     set auth_ends_at = clock_timestamp() + make_interval(days => $1), kept_alive_at = null`,
    [days],
  );
}

async function control(body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox/oauth`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

/** How often the authorization server was asked. */
async function asked(): Promise<number> {
  const seen = (await (await fetch(`${sandbox.url}/_sandbox/requests`)).json()) as readonly { method: string }[];
  return seen.filter(({ method }) => method === 'oauth/token').length;
}

const daysLeft = async (): Promise<number> => {
  const [row] = await database.query<{ days: number }[]>(
    `select extract(epoch from auth_ends_at - clock_timestamp()) / 86400 as days from connections`,
  );
  return Math.round(Number(row?.days));
};

const told = async (): Promise<readonly { days: number }[]> =>
  database.query(
    `select (data ->> 'days')::int as days from connection_events where type = 'connection.expiring' order by time`,
  );

describe('a pair of tokens that nobody has used for long', () => {
  it('has 180 days, and is left alone while many of them are left', async () => {
    expect(await daysLeft()).toBe(180);
    await endIn(40);
    await keepAlive().round();
    expect(await asked()).toBe(0);
  });

  it('is renewed once by all replicas, and has 180 days again', async () => {
    await endIn(34);
    await Promise.all(Array.from({ length: 5 }, () => keepAlive().round()));

    expect(await asked()).toBe(1);
    expect(await daysLeft()).toBe(180);
    expect(await told()).toEqual([]);
  });

  it('is tried once a day where it cannot be renewed, and people are warned at 30, 7 and 1 days', async () => {
    await control({ refuse: { error: 'PAYMENT_REQUIRED', status: 403 } });
    for (const days of [34, 29, 8, 6, 1]) {
      await endIn(days);
      await Promise.all([keepAlive().round(), keepAlive().round()]);
      await keepAlive().round();
    }

    expect(await asked()).toBe(5);
    expect(await told()).toEqual([{ days: 30 }, { days: 7 }, { days: 1 }]);
    expect(logged.filter(([event]) => event === 'connection.expiring')).toHaveLength(3);
    expect(JSON.stringify(logged)).not.toMatch(/sandbox-client-secret|refresh_token/);
  });

  it('is not renewed while the connection is paused, which is warned of', async () => {
    await database.query('update connections set paused = true');
    await endIn(6);
    await keepAlive().round();

    expect(await asked()).toBe(0);
    expect(await told()).toEqual([{ days: 7 }]);
  });

  it('keeps its last try for a need, until a week is left', async () => {
    await control({ refuse: { error: 'unlisted', status: 500, next: 1 } });
    await endIn(34);
    await keepAlive().round();
    await endIn(20);
    await keepAlive().round();
    expect(await asked()).toBe(1);

    await endIn(6);
    await keepAlive().round();
    expect(await asked()).toBe(2);
    expect(await daysLeft()).toBe(180);
  });

  it('is void where it is refused, and one incident asks for a person', async () => {
    await control({ refuse: { error: 'invalid_grant', status: 400 } });
    await endIn(34);
    await Promise.all(Array.from({ length: 3 }, () => keepAlive().round()));

    expect(await database.query('select state from connections')).toEqual([{ state: 'reauthorization_required' }]);
    expect(await database.query('select kind, state from incidents')).toEqual([
      { kind: 'reauthorization-required', state: 'open' },
    ]);
  });
});
