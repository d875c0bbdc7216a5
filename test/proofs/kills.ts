import { setTimeout as passed } from 'node:timers/promises';
import type { Figures } from './judge.js';
import { killPoints, type KillPoint } from './kill-points.js';
import { Load } from './load.js';
import type { Replica } from './replica.js';
import { openWorld } from './world.js';

/** Where a replica died: at a named point, or anywhere. */
export type KilledAt = KillPoint | 'anywhere';

export interface KillFigures extends Figures {
  readonly kills: ReadonlyMap<KilledAt, number>;
  /** How often each kind of answer was given. */
  readonly heard: ReadonlyMap<string, number>;
}

export interface KillOptions {
  readonly databaseUrl: string;
  /** One replica is killed at each, two of them side by side. */
  readonly plan: readonly KilledAt[];
  readonly startsPerSecond: number;
  /** Told of each kill. */
  readonly say?: (line: string) => void;
}

/** How long a point may stay unpassed before the replica is killed anywhere. */
const patienceMs = 10_000;

/** The named points in turn, and after each round of them as many deaths anywhere as a quarter of them. */
export function killPlan(kills: number): readonly KilledAt[] {
  const round: readonly KilledAt[] = [...killPoints, ...Array.from({ length: 4 }, () => 'anywhere' as const)];
  return Array.from({ length: kills }, (_, index) => round[index % round.length] ?? 'anywhere');
}

/** Kills two replicas under load, again and again, replaces them, lets everything come to rest and judges. */
export async function killUnderLoad({ databaseUrl, plan, startsPerSecond, say }: KillOptions): Promise<KillFigures> {
  const world = await openWorld(databaseUrl, 2);
  try {
    const load = new Load({ urls: world.urls, starts: world.starts, perSecond: startsPerSecond });
    const kills = new Map<KilledAt, number>();
    const left = [...plan];
    load.begin();
    const killer = async (first: Replica): Promise<void> => {
      let replica = first;
      for (let at = left.shift(); at !== undefined; at = left.shift()) {
        const died = await killAt(replica, at);
        kills.set(died, (kills.get(died) ?? 0) + 1);
        say?.(`${plan.length - left.length} of ${plan.length}: ${died}, ${load.callers.length} starts`);
        replica = await world.replace(replica);
      }
    };
    await Promise.all([...world.replicas].map(killer));
    await load.end();
    return { ...(await world.judge(load.callers)), kills, heard: load.heard };
  } finally {
    await world.close();
  }
}

async function killAt(replica: Replica, at: KilledAt): Promise<KilledAt> {
  if (at === 'anywhere') {
    await passed(200 + Math.random() * 1500);
  } else {
    replica.arm({ point: at, passing: 1 + Math.floor(Math.random() * 10), by: 'SIGKILL' });
    const isDead = await Promise.race([replica.gone.then(() => true), passed(patienceMs, false)]);
    if (isDead) return at;
  }
  await replica.end();
  return 'anywhere';
}
