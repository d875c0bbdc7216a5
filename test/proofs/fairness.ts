import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { until } from '../until.js';
import { register } from './connections.js';
import { each, median, quantile, type Figure } from './figures.js';
import { runReplica, type Replica } from './replica.js';
import { SlowPortal, type Overtaken } from './slow-portal.js';
import { openSandbox, workflow } from './starts.js';
import { timesToRunning } from './times-to-running.js';

export interface FairnessSizes {
  /** Starts that wait at the slow portal. */
  readonly queued: number;
  /** How long each of its starts takes. */
  readonly slowMs: number;
  readonly otherPortals: number;
  readonly startsAtEach: number;
  readonly rounds: number;
}

export const fullSizes: FairnessSizes = {
  queued: 10_000,
  slowMs: 10_000,
  otherPortals: 19,
  startsAtEach: 100,
  rounds: 5,
};

/** Callers of one portal at the same time: one never fills its places, twelve do, so that starts are queued. */
const manners = [1, 12] as const;

type Manner = (typeof manners)[number];

/** Status is not read: at thousands of simulated runs its cost would be the simulator's. */
const env = { LEASE_SECONDS: '30', STATUS_POLL_SECONDS: '86400', RECONCILE_DELAYS: '600' };

const limits = { requestsPerSecond: null, maxInFlight: 10 };

/**
 * Times of the others beside a slow portal with a long queue, and of the same portals at a gateway that has no such
 * neighbour, in turn.
 *
 * @param databaseUrls  one for each of the two gateways
 */
export async function measureFairness(
  databaseUrls: { readonly beside: string; readonly alone: string },
  sizes = fullSizes,
  say: (line: string) => void = () => {},
): Promise<readonly Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const others = await Promise.all(Array.from({ length: sizes.otherPortals }, () => openSandbox(workflow)));
  const slowPortal = await openSandbox(workflow);
  const gateways: Replica[] = [];
  const gatewayOn = async (databaseUrl: string): Promise<Replica> => {
    const gateway = await runReplica({ ...env, DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
    gateways.push(gateway);
    await registerAll(gateway, others);
    return gateway;
  };
  try {
    const alone = await gatewayOn(databaseUrls.alone);
    const beside = await gatewayOn(databaseUrls.beside);
    const slow = new SlowPortal(beside, slowPortal);
    await slow.fill(sizes, limits);
    say(`${sizes.queued} starts wait at the slow portal`);
    return await inTurn({ alone, beside, slow, sizes, say });
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.end()));
    await Promise.all([slowPortal, ...others].map((portal) => portal.close()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Room {
  readonly alone: Replica;
  readonly beside: Replica;
  readonly slow: SlowPortal;
  readonly sizes: FairnessSizes;
  readonly say: (line: string) => void;
}

async function inTurn(room: Room): Promise<readonly Figure[]> {
  const { alone, beside, slow, sizes, say } = room;
  const rounds: Record<Manner, { alone: number; beside: number }[]> = { 1: [], 12: [] };
  const overtaken: Overtaken[] = [];
  // Once in vain, so that both are warm.
  for (const gateway of [alone, beside]) await timesToRunning(gateway, { ...sizes, atATime: 12 });
  for (let round = 1; round <= sizes.rounds; round += 1) {
    const first = round % 2 === 0 ? await besideSlow(room) : null;
    const aloneMs = await p95(alone, sizes);
    const second = first ?? (await besideSlow(room));
    overtaken.push(second.overtaken);
    for (const manner of manners) {
      rounds[manner].push({ alone: aloneMs[manner], beside: second.ms[manner] });
      say(`round ${round}, ${manner} at a time: p95 alone ${ms(aloneMs[manner])}, beside ${ms(second.ms[manner])}`);
    }
  }
  const waiting = await slow.waiting();
  const enough = sizes.queued * 0.8;
  const what = 'starts that waited at the slow portal until the end';
  return [
    ...manners.map((manner) => fairFigure(sizes, manner, rounds[manner])),
    overtakenFigure(sizes, overtaken),
    { what, measured: String(waiting), allowed: `more than ${enough}`, holds: waiting > enough },
  ];
}

/** While the slow portal works, and one of its runs is stopped. */
async function besideSlow({ beside, slow, sizes }: Room): Promise<{
  readonly ms: Readonly<Record<Manner, number>>;
  readonly overtaken: Overtaken;
}> {
  await slow.resume();
  const besideMs = await p95(beside, sizes);
  const overtaken = await slow.terminateOne();
  await slow.pause();
  return { ms: besideMs, overtaken };
}

async function p95(gateway: Replica, sizes: FairnessSizes): Promise<Record<Manner, number>> {
  const of = async (atATime: Manner): Promise<number> =>
    quantile(await timesToRunning(gateway, { ...sizes, atATime }), 0.95);
  return { 1: await of(1), 12: await of(12) };
}

function fairFigure(
  { otherPortals, startsAtEach }: FairnessSizes,
  manner: Manner,
  rounds: readonly { readonly alone: number; readonly beside: number }[],
): Figure {
  const ratio = median(rounds.map(({ alone, beside }) => beside / alone));
  const [alone, beside] = [median(rounds.map((one) => one.alone)), median(rounds.map((one) => one.beside))];
  return {
    what: `${startsAtEach} starts at each of ${otherPortals} portals, ${manner} at a time: p95 to running`,
    measured: `${ms(beside)} beside, ${ms(alone)} alone: × ${ratio.toFixed(2)}`,
    allowed: '× 1.50',
    holds: ratio <= 1.5,
  };
}

function overtakenFigure({ queued }: FairnessSizes, overtaken: readonly Overtaken[]): Figure {
  const starts = overtaken.map(({ startsBefore }) => startsBefore);
  return {
    what: `a terminate at the portal where ${queued} starts wait`,
    measured: `${starts.join(', ')} starts sent before it, in ${overtaken.map((one) => ms(one.tookMs)).join(', ')}`,
    allowed: 'those that had a place: 9, and 2 s',
    holds: starts.every((count) => count <= 9) && overtaken.every((one) => one.status === 200 && one.tookMs <= 2000),
  };
}

async function registerAll(gateway: Replica, portals: readonly Sandbox[]): Promise<void> {
  await each(portals, 4, async (sandbox, index) => {
    await register(gateway, `other-${index}`, { start: workflow, sandbox, baseUrl: sandbox.url, limits });
  });
  await until(async () => (await fetch(`${gateway.url}/healthz/ready`)).ok, 'the gateway to be ready');
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
