import { setTimeout as passed } from 'node:timers/promises';
import { pgBouncer } from '../pgbouncer.js';
import { until } from '../until.js';
import { openWorld } from './world.js';
import type { Figures } from './judge.js';
import { Load } from './load.js';

export interface PoolerFigures extends Figures {
  /** How often each kind of answer was given. */
  readonly heard: ReadonlyMap<string, number>;
  /** Replicas that ended without being killed. */
  readonly gone: number;
  /** What the replicas that lived to the end wrote. */
  readonly said: string;
}

export interface PoolerOptions {
  /** Of a database with nothing in it. */
  readonly databaseUrl: string;
  readonly rounds: number;
  readonly startsPerSecond: number;
  readonly say?: (line: string) => void;
}

const upMs = 1500;
const downMs = 300;
/** Fewer than the two replicas' own pools hold, so that sessions change hands all the time. */
const lent = 10;

/** Kills a PgBouncer that lends sessions and a replica, in turn, under two replicas and a load; then judges. */
export async function killPoolerUnderLoad(options: PoolerOptions): Promise<PoolerFigures> {
  const { databaseUrl, rounds, startsPerSecond, say } = options;
  const pooler = await pgBouncer(databaseUrl, { default_pool_size: lent });
  const env = { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: databaseUrl };
  const world = await openWorld(databaseUrl, 1, env);
  try {
    const load = new Load({ urls: world.urls, starts: world.starts, perSecond: startsPerSecond });
    load.begin();
    for (let round = 1; round <= rounds; round += 1) {
      await passed(upMs);
      await pooler.kill();
      await passed(downMs);
      await pooler.start();
      await passed(upMs);
      const [first] = world.replicas;
      if (!first) throw new Error('There are replicas');
      first.signal('SIGKILL');
      await first.gone;
      await world.replace(first);
      const before = goodAnswers(load);
      await until(() => goodAnswers(load) > before, 'a start that is accepted again', 60_000);
      say?.(`${round} of ${rounds}: ${load.callers.length} starts`);
    }
    await passed(upMs);
    await load.end();
    const gone = world.replicas.filter((replica) => replica.isGone()).length;
    const figures = await world.judge(load.callers);
    return { ...figures, heard: load.heard, gone, said: world.replicas.map((replica) => replica.said()).join('') };
  } finally {
    await world.close();
    await pooler.remove();
  }
}

function goodAnswers({ heard }: Load): number {
  return [...heard].reduce((sum, [kind, times]) => (kind.startsWith('20') ? sum + times : sum), 0);
}
