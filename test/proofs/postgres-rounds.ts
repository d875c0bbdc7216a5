import { setTimeout as passed } from 'node:timers/promises';
import { until } from '../until.js';
import type { Figures } from './judge.js';
import { Load } from './load.js';
import { newDatabase, type OwnPostgres } from './own-postgres.js';
import { openWorld } from './world.js';

export interface PostgresFigures extends Figures {
  /** How often each kind of answer was given. */
  readonly heard: ReadonlyMap<string, number>;
  /** Replicas that ended while their database was away. */
  readonly gone: number;
}

export interface PostgresOptions {
  readonly postgres: OwnPostgres;
  readonly rounds: number;
  readonly startsPerSecond: number;
  readonly say?: (line: string) => void;
}

/** How long the load runs before each kill, and how long the server stays away. */
const upMs = 1500;
const downMs = 500;

/** Ends Postgres at once and starts it again, round by round, under two replicas and a load; then judges. */
export async function killPostgresUnderLoad(options: PostgresOptions): Promise<PostgresFigures> {
  const { postgres, rounds, startsPerSecond, say } = options;
  const world = await openWorld(await newDatabase(postgres.url));
  try {
    const load = new Load({ urls: world.urls, starts: world.starts, perSecond: startsPerSecond });
    load.begin();
    for (let round = 1; round <= rounds; round++) {
      await passed(upMs);
      await postgres.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGQUIT');
      await passed(downMs);
      await postgres.start();
      const before = goodAnswers(load);
      await until(() => goodAnswers(load) > before, 'a start that is accepted again', 60_000);
      say?.(`${round} of ${rounds}: ${load.callers.length} starts`);
    }
    await passed(upMs);
    await load.end();
    const gone = world.replicas.filter((replica) => replica.isGone()).length;
    return { ...(await world.judge(load.callers)), heard: load.heard, gone };
  } finally {
    await world.close();
  }
}

function goodAnswers({ heard }: Load): number {
  return [...heard].reduce((sum, [kind, times]) => (kind.startsWith('20') ? sum + times : sum), 0);
}
