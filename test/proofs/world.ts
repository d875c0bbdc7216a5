import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { Client } from 'pg';
import { register } from './connections.js';
import { judged, type Caller, type Figures } from './judge.js';
import { runReplica, spareReplica, type Replica, type Spare } from './replica.js';
import { executed, openSandbox, proofStarts } from './starts.js';

const signing = 'signing';
/** What a load starts: workflows and Creatio's processes. A signing takes the way of a workflow. */
const loadStarts = proofStarts.filter(({ name }) => name !== signing);

/** Two replicas, the portals that they start at, and a database; replicas come and go, portals stay. */
export interface World {
  /** Replicas that listen now. */
  readonly replicas: readonly Replica[];
  readonly urls: () => readonly string[];
  /** What a load can start: each portal once with room for all, once with room for one, so that starts wait. */
  readonly starts: readonly { readonly connection: string; readonly start: (typeof proofStarts)[number] }[];
  /** Puts another replica in the place of one that is gone; it listens when this resolves. */
  replace(gone: Replica): Promise<Replica>;
  /** The unique values of everything that the portals executed, by their own logs. */
  executed(): Promise<readonly string[]>;
  /** Waits until nothing is queued or out any more, and judges. */
  judge(callers: readonly Caller[], patienceMs?: number): Promise<Figures>;
  close(): Promise<void>;
}

/**
 * @param spares  how many replicas are kept ready to take a place
 * @param settings  of the replicas, beside the usual, e.g. another way to the same database
 */
export async function openWorld(
  databaseUrl: string,
  spares = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  // Longer than a replica on a machine that is short of time needs to renew it.
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LEASE_SECONDS: '4', ...settings };
  const portals = await Promise.all(loadStarts.map(async (start) => ({ start, sandbox: await openSandbox(start) })));
  const first = await runReplica(env);
  const replicas = [first, await runReplica(env)];
  const pool: Promise<Spare>[] = Array.from({ length: spares }, () => spareReplica(env));
  const starts: { connection: string; start: (typeof proofStarts)[number] }[] = [];
  for (const { start, sandbox } of portals) {
    for (const [room, maxInFlight] of [
      ['wide', 100],
      ['narrow', 1],
    ] as const) {
      const connection = `${start.sandbox.platform}-${room}`;
      // A portal that keeps run ids would hide what is sent twice.
      const own = start.sandbox.platform === 'bitrix24' ? { runIds: 'off' } : {};
      await register(first, connection, {
        start,
        sandbox,
        baseUrl: sandbox.url,
        limits: { maxInFlight },
        settings: own,
      });
      starts.push({ connection, start });
    }
  }
  const ranSoFar = async (): Promise<readonly string[]> =>
    (await Promise.all(portals.map(({ sandbox }) => executed(sandbox)))).flat();
  return {
    replicas,
    starts,
    urls: () => replicas.filter((replica) => !replica.isGone()).map(({ url }) => url),
    replace: async (gone) => {
      const spare = pool.shift();
      if (spare) pool.push(spareReplica(env));
      const fresh = await (spare ? (await spare).begin() : runReplica(env));
      replicas.splice(replicas.indexOf(gone), 1, fresh);
      return fresh;
    },
    executed: ranSoFar,
    judge: async (callers, patienceMs = 90_000) => {
      const [url = ''] = replicas.filter((replica) => !replica.isGone()).map((replica) => replica.url);
      const sql = new Client({ connectionString: databaseUrl });
      await sql.connect();
      try {
        await toRest({ url, sql }, patienceMs, replicas);
      } finally {
        await sql.end();
      }
      return judged({ callers, states: await states(url), executed: await ranSoFar() });
    },
    close: async () => {
      await Promise.all(replicas.map((replica) => replica.end()));
      await Promise.all(pool.map(async (spare) => (await spare).end()));
      await Promise.all(portals.map(({ sandbox }) => sandbox.close()));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Page {
  readonly items: readonly { readonly id: string; readonly state: string }[];
  readonly nextCursor: string | null;
}

async function page(url: string, query: string): Promise<Page> {
  return (await (await fetch(`${url}/v1/processes?${query}`)).json()) as Page;
}

/**
 * Waits as long as what is still open becomes less: how long that takes is the machine's affair.
 *
 * @param patienceMs  how long it may stay as much
 * @throws Error with what is still open and what the replicas wrote last
 */
async function toRest(
  at: { readonly url: string; readonly sql: Client },
  patienceMs: number,
  replicas: readonly Replica[],
): Promise<void> {
  let [least, lessAtMs] = [Number.POSITIVE_INFINITY, performance.now()];
  for (;;) {
    const { rows } = await at.sql.query<{ open: number }>(
      "select count(*)::int as open from processes where state in ('queued', 'starting')",
    );
    const open = rows[0]?.open ?? 0;
    if (open === 0) return;
    if (open < least) [least, lessAtMs] = [open, performance.now()];
    if (performance.now() - lessAtMs > patienceMs) break;
    await passed(200);
  }
  const still = (await page(at.url, 'state=queued&state=starting&limit=10')).items.map((one) => JSON.stringify(one));
  const said = replicas.map((replica) => replica.said().slice(-4000));
  throw new Error([`${least} do not come to rest`, ...still, ...said].join('\n'));
}

/** The state of every process, by its id. */
async function states(url: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const { items, nextCursor }: Page = await page(url, `limit=200${cursor && `&cursor=${cursor}`}`);
    for (const { id, state } of items) found.set(id, state);
    cursor = nextCursor;
  }
  return found;
}
