import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { limit, requestsTo } from '../limited-portal.js';
import { until } from '../until.js';
import { register, send } from './connections.js';
import { each, type Figure } from './figures.js';
import { runReplica, type Replica } from './replica.js';
import { executed, openSandbox, uniqueValue, workflow } from './starts.js';

/** How much is started at a portal that takes what a standard one of the cloud takes. Source: b24restdocs limits.md */
export interface BatchSizes {
  readonly starts: number;
  readonly burst: number;
  readonly perSecond: number;
}

const standardSizes: BatchSizes = { starts: 1000, burst: 50, perSecond: 2 };

const env = { LEASE_SECONDS: '30', STATUS_POLL_SECONDS: '30' };

/** Has callers start much at once, by two replicas: in requests that carry several, and where every tenth answer is lost. */
export async function measureBatches(databaseUrl: string, sizes = standardSizes): Promise<readonly Figure[]> {
  return byTwoReplicas(databaseUrl, async (replicas) => [
    ...figuresOf(await atOnce(replicas, sizes, 'well'), sizes),
    ...figuresOf(await atOnce(replicas, sizes, 'lossy'), sizes),
  ]);
}

/** The same where no answer is lost, as it was measured. */
export async function startMuchAtOnce(databaseUrl: string, sizes = standardSizes): Promise<AtOnce> {
  return byTwoReplicas(databaseUrl, (replicas) => atOnce(replicas, sizes, 'well'));
}

async function byTwoReplicas<T>(databaseUrl: string, work: (replicas: readonly Replica[]) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const replicas: Replica[] = [];
  try {
    for (let one = 0; one < 2; one += 1) {
      replicas.push(await runReplica({ ...env, DATABASE_URL: databaseUrl, DATA_DIR: dataDir }));
    }
    return await work(replicas);
  } finally {
    await Promise.all(replicas.map((replica) => replica.end()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** What much at once came to, by the portal's own log and by what the gateway says. */
export interface AtOnce {
  readonly how: 'well' | 'lossy';
  /** Each start was executed, and none of them twice. */
  readonly once: boolean;
  readonly runs: number;
  readonly executed: number;
  readonly requests: number;
  /** Of them: those that the portal answered with its limit. */
  readonly refused: number;
  readonly acceptedMs: number;
  /** From the first call to the last verdict. */
  readonly ms: number;
  readonly running: number;
  readonly unknown: number;
}

async function atOnce(replicas: readonly Replica[], sizes: BatchSizes, how: AtOnce['how']): Promise<AtOnce> {
  const { starts, burst, perSecond } = sizes;
  const [first] = replicas;
  if (!first) throw new Error('There are replicas');
  const portal = await openSandbox(workflow);
  try {
    const limits = { burst, requestsPerSecond: perSecond, batch: 'auto', maxInFlight: 10 };
    await register(first, how, { start: workflow, sandbox: portal, baseUrl: portal.url, limits });
    await limit(portal, { burst, perSecond });
    if (how === 'lossy') await loseEveryTenth(portal);
    const uniques = Array.from({ length: starts }, uniqueValue);
    const begunMs = performance.now();
    await each(uniques, 40, async (unique, index) => {
      const replica = replicas[index % replicas.length] ?? first;
      const { status } = await send(replica, unique, { connection: how, ...workflow.fields(unique) }, 'respond-async');
      if (status !== 202) throw new Error(`A start was answered ${status}`);
    });
    const acceptedMs = performance.now() - begunMs;
    const sent = async (): Promise<boolean> =>
      (await executed(portal)).length >= starts && (await count(first, how, 'queued', 'starting')) === 0;
    await until(sent, 'all starts to be executed', 600_000);
    const ms = performance.now() - begunMs;
    const [ran, requests] = [await executed(portal), await requestsTo(portal)];
    return {
      how,
      once: new Set(ran).size === ran.length && uniques.every((unique) => ran.includes(unique)),
      runs: ran.length,
      executed: new Set(ran).size,
      requests: requests.length,
      refused: requests.filter(({ status }) => status === 503).length,
      acceptedMs,
      ms,
      running: await count(first, how, 'running'),
      unknown: await count(first, how, 'indeterminate'),
    };
  } finally {
    await portal.close();
  }
}

function figuresOf(measured: AtOnce, { starts, burst, perSecond }: BatchSizes): readonly Figure[] {
  const { how, once, runs, executed, requests, refused, acceptedMs, ms, running, unknown } = measured;
  const size = `${starts} starts on ${burst}/${perSecond}${how === 'lossy' ? ', every tenth answer lost' : ''}`;
  const aloneSeconds = (starts - burst) / perSecond;
  // What is lost is looked for, and these reads are paid too.
  const allowedSeconds = how === 'well' ? (aloneSeconds * 15) / 475 : aloneSeconds;
  return [
    {
      what: `${size}: executed once`,
      measured: `${runs} runs of ${executed} starts`,
      allowed: `${starts} of ${starts}`,
      holds: once && runs === starts,
    },
    {
      what: `${size}: running or in doubt`,
      measured: `${running} and ${unknown}`,
      allowed: `${starts} together`,
      holds: running + unknown === starts && (how === 'lossy' || unknown === 0),
    },
    {
      what: `${size}: answered 503`,
      measured: `${refused} of ${requests}`,
      allowed: '2 %',
      holds: refused <= requests * 0.02,
    },
    {
      what: `${size}: first call to last verdict`,
      measured: `${(ms / 1000).toFixed(1)} s, accepted after ${(acceptedMs / 1000).toFixed(1)} s`,
      allowed: `${allowedSeconds.toFixed(1)} s; alone they need ${aloneSeconds.toFixed(0)} s`,
      holds: ms / 1000 <= allowedSeconds,
    },
  ];
}

async function loseEveryTenth(portal: Sandbox): Promise<void> {
  await fetch(`${portal.url}/_sandbox/answers`, {
    method: 'POST',
    body: JSON.stringify({ operation: 'start', do: 'lose', every: 10 }),
  });
}

async function count(replica: Replica, connection: string, ...states: readonly string[]): Promise<number> {
  const query = [`connection=${connection}`, 'limit=200', ...states.map((state) => `state=${state}`)].join('&');
  let found = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await fetch(`${replica.url}/v1/processes?${query}${cursor && `&cursor=${cursor}`}`);
    const page = (await answer.json()) as { items: readonly unknown[]; nextCursor: string | null };
    found += page.items.length;
    cursor = page.nextCursor;
  }
  return found;
}
