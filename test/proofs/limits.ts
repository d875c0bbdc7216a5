import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { limit, requestsTo } from '../limited-portal.js';
import { until } from '../until.js';
import { order, register, send } from './connections.js';
import { each, type Figure } from './figures.js';
import { runReplica, type Replica } from './replica.js';
import { executed, openSandbox, uniqueValue, workflow } from './starts.js';
import { oneMethodUsedUp } from './used-up-method.js';

/** How much is started at a portal, and what that portal takes. */
export interface LimitSizes {
  readonly starts: number;
  readonly burst: number;
  readonly perSecond: number;
  /** For how long the portal then refuses one method. */
  readonly resetsInSeconds: number;
}

/** As a standard portal of the cloud. Source: b24restdocs limits.md */
const standardSizes: LimitSizes = { starts: 300, burst: 50, perSecond: 2, resetsInSeconds: 30 };

/** Times of a gateway as it is set up by default. */
const env = { LEASE_SECONDS: '30', STATUS_POLL_SECONDS: '30' };

/** Uses portals that count and refuse themselves, by two replicas, and measures how well. */
export async function measureLimits(databaseUrl: string, sizes = standardSizes): Promise<readonly Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const replicas: Replica[] = [];
  const portal = await openSandbox(workflow);
  const worked = await openSandbox(workflow);
  try {
    for (let one = 0; one < 2; one += 1) {
      replicas.push(await runReplica({ ...env, DATABASE_URL: databaseUrl, DATA_DIR: dataDir }));
    }
    return [
      ...(await atItsRate(replicas, portal, sizes)),
      ...(await oneMethodUsedUp(replicas, worked, sizes.resetsInSeconds)),
    ];
  } finally {
    await Promise.all(replicas.map((replica) => replica.end()));
    await portal.close();
    await worked.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Everything waits, then everything may go: as fast as the portal takes it, and no faster. */
async function atItsRate(
  replicas: readonly Replica[],
  portal: Sandbox,
  { starts, burst, perSecond }: LimitSizes,
): Promise<readonly Figure[]> {
  const [first] = replicas;
  if (!first) throw new Error('There are replicas');
  const limits = { burst, requestsPerSecond: perSecond, batch: 'off', maxInFlight: 10 };
  await register(first, 'rated', { start: workflow, sandbox: portal, baseUrl: portal.url, limits });
  await order(first, 'connections/rated/pause');
  const uniques = Array.from({ length: starts }, uniqueValue);
  await each(uniques, 20, async (unique, index) => {
    const { status } = await send(
      replicas[index % replicas.length] ?? first,
      unique,
      { connection: 'rated', ...workflow.fields(unique) },
      'respond-async',
    );
    if (status !== 202) throw new Error(`A start was answered ${status}`);
  });
  await limit(portal, { burst, perSecond });
  await order(first, 'connections/rated/resume');
  const dueSeconds = (starts - burst) / perSecond;
  const all = async (): Promise<boolean> => (await executed(portal)).length >= starts;
  await until(all, 'all starts to be executed', dueSeconds * 3000 + 30_000);
  return figuresOf(uniques, portal, { burst, perSecond });
}

/** By the portal's own log. */
async function figuresOf(
  uniques: readonly string[],
  portal: Sandbox,
  { burst, perSecond }: Pick<LimitSizes, 'burst' | 'perSecond'>,
): Promise<readonly Figure[]> {
  const requests = await requestsTo(portal);
  const times = requests.filter(({ operation }) => operation === 'start').map(({ atMs }) => atMs);
  const [fromMs, toMs] = [Math.min(...times), Math.max(...times)];
  const meanwhile = requests.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const refused = meanwhile.filter(({ status }) => status === 503).length;
  const seconds = (toMs - fromMs) / 1000;
  const dueSeconds = (meanwhile.length - burst) / perSecond;
  const ran = await executed(portal);
  const once = new Set(ran).size === ran.length && uniques.every((unique) => ran.includes(unique));
  const size = `${uniques.length} starts, ${burst} burst, ${perSecond} per second`;
  return [
    {
      what: `${size}: executed once`,
      measured: `${ran.length} runs of ${new Set(ran).size} starts`,
      allowed: `${uniques.length} of ${uniques.length}`,
      holds: once && ran.length === uniques.length,
    },
    {
      what: `${size}: answered 503`,
      measured: `${refused} of ${meanwhile.length}`,
      allowed: '2 %',
      holds: refused <= meanwhile.length * 0.02,
    },
    {
      what: `${size}: first to last`,
      measured: `${seconds.toFixed(1)} s, ${meanwhile.length - times.length} other requests among them`,
      allowed: `${(dueSeconds * 1.1).toFixed(1)} s (${dueSeconds.toFixed(1)} s and 10 %)`,
      holds: seconds <= dueSeconds * 1.1,
    },
  ];
}
