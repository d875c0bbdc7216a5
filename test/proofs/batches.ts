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
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const replicas: Replica[] = [];
  try {
    for (let one = 0; one < 2; one += 1) {
      replicas.push(await runReplica({ ...env, DATABASE_URL: databaseUrl, DATA_DIR: dataDir }));
    }
    return [...(await atOnce(replicas, sizes, 'well')), ...(await atOnce(replicas, sizes, 'lossy'))];
  } finally {
    await Promise.all(replicas.map((replica) => replica.end()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function atOnce(
  replicas: readonly Replica[],
  sizes: BatchSizes,
  how: 'well' | 'lossy',
): Promise<readonly Figure[]> {
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
    return await figuresOf(portal, sizes, {
      how,
      uniques,
      acceptedMs,
      ms: performance.now() - begunMs,
      running: await count(first, how, 'running'),
      unknown: await count(first, how, 'indeterminate'),
    });
  } finally {
    await portal.close();
  }
}

interface Measured {
  readonly how: 'well' | 'lossy';
  readonly uniques: readonly string[];
  readonly acceptedMs: number;
  readonly ms: number;
  readonly running: number;
  readonly unknown: number;
}

async function figuresOf(
  portal: Sandbox,
  { starts, burst, perSecond }: BatchSizes,
  { how, uniques, acceptedMs, ms, running, unknown }: Measured,
): Promise<readonly Figure[]> {
  const ran = await executed(portal);
  const once = new Set(ran).size === ran.length && uniques.every((unique) => ran.includes(unique));
  const requests = await requestsTo(portal);
  const refused = requests.filter(({ status }) => status === 503).length;
  const size = `${starts} starts on ${burst}/${perSecond}${how === 'lossy' ? ', every tenth answer lost' : ''}`;
  const aloneSeconds = (starts - burst) / perSecond;
  // What is lost is looked for, and these reads are paid too.
  const allowedSeconds = how === 'well' ? (aloneSeconds * 15) / 475 : aloneSeconds;
  return [
    {
      what: `${size}: executed once`,
      measured: `${ran.length} runs of ${new Set(ran).size} starts`,
      allowed: `${starts} of ${starts}`,
      holds: once && ran.length === starts,
    },
    {
      what: `${size}: running or in doubt`,
      measured: `${running} and ${unknown}`,
      allowed: `${starts} together`,
      holds: running + unknown === starts && (how === 'lossy' || unknown === 0),
    },
    {
      what: `${size}: answered 503`,
      measured: `${refused} of ${requests.length}`,
      allowed: '2 %',
      holds: refused <= requests.length * 0.02,
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
