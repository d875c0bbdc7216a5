import { measureBatches } from './batches.js';
import { fullSizes, measureFairness } from './fairness.js';
import { toldInTable } from './figures.js';
import type { Figures } from './judge.js';
import { killPlan, killUnderLoad } from './kills.js';
import { measureLimits } from './limits.js';
import { measureLongRun } from './long-run.js';
import { oneKeyAtOnce } from './one-key.js';
import { newDatabase, ownPostgres, type OwnPostgres } from './own-postgres.js';
import { measureOverload, overloadSizes } from './overload.js';
import { killPoolerUnderLoad } from './pooler-rounds.js';
import { killPostgresUnderLoad } from './postgres-rounds.js';
import { measureSlowSockets } from './slow-sockets.js';
import { measureSessions } from './session-throughput.js';
import { openWorld } from './world.js';
import { installedPgBouncer } from '../pgbouncer.js';
import { proveFuzz } from '../fuzz/prove-fuzz.js';

/**
 * The long proofs of delivery, each at its full figure, on a Postgres of its own: `prove.ts [name …] [--kills=300]
 * [--rounds=10] [--rate=200]`. Ends with 1 where a promise is broken.
 */
const proofs: Readonly<Record<string, (postgres: OwnPostgres) => Promise<boolean>>> = {
  kills: async ({ url }) => {
    const plan = killPlan(numberOf('kills', 300));
    const databaseUrl = await newDatabase(url);
    const figures = await killUnderLoad({ databaseUrl, plan, startsPerSecond: numberOf('rate', 40), say });
    for (const [point, times] of figures.kills) say(`killed ${times} times ${point}`);
    return told(`${plan.length} kills with -9 of two replicas under load`, figures);
  },
  postgres: async (postgres) => {
    const rounds = numberOf('rounds', 10);
    const figures = await killPostgresUnderLoad({ postgres, rounds, startsPerSecond: numberOf('rate', 200), say });
    return told(`${rounds} deaths of Postgres under load`, figures) && figures.gone === 0;
  },
  pooler: async ({ url }) => {
    const found = installedPgBouncer();
    if (found === null) throw new Error('PgBouncer is not installed: apt-get install pgbouncer');
    const rounds = numberOf('rounds', 10);
    const databaseUrl = await newDatabase(url);
    const figures = await killPoolerUnderLoad({ databaseUrl, rounds, startsPerSecond: numberOf('rate', 60), say });
    return told(`${rounds} deaths of ${found} and of a replica`, figures) && figures.gone === 0;
  },
  'one-key': async ({ url }) => {
    const world = await openWorld(await newDatabase(url), 1);
    try {
      let holds = true;
      for (const killAfterMs of [20, 100, 300]) {
        const { runs, ids, answers } = await oneKeyAtOnce(world, 1000, killAfterMs);
        say(`one key, ${answers} requests at once, a kill after ${killAfterMs} ms: ${ids.size} process, ${runs} runs`);
        holds &&= ids.size === 1 && runs <= 1;
      }
      return holds;
    } finally {
      await world.close();
    }
  },
  limits: async ({ url }) => toldInTable(await measureLimits(await newDatabase(url)), say),
  sessions: async ({ url }) => toldInTable(await measureSessions(await newDatabase(url), say), say),
  'long-run': async ({ url }) => toldInTable(await measureLongRun(await newDatabase(url), say), say),
  batches: async ({ url }) => toldInTable(await measureBatches(await newDatabase(url)), say),
  fairness: async ({ url }) => {
    const databaseUrls = { alone: await newDatabase(url), beside: await newDatabase(url) };
    const sizes = { ...fullSizes, rounds: numberOf('rounds', fullSizes.rounds) };
    return toldInTable(await measureFairness(databaseUrls, sizes, say), say);
  },
  overload: async ({ url }) => {
    const seconds = numberOf('seconds', overloadSizes.seconds);
    return toldInTable(await measureOverload(await newDatabase(url), { ...overloadSizes, seconds }, say), say);
  },
  'slow-sockets': async ({ url }) =>
    toldInTable(await measureSlowSockets(await newDatabase(url), numberOf('sockets', 1000), say), say),
  fuzz: async ({ url }) => {
    const size = { requests: numberOf('requests', 100_000), seed: numberOf('seed', Date.now() % 1_000_000_000) };
    return toldInTable(await proveFuzz(await newDatabase(url), size, say), say);
  },
};

/** Says what was counted; true: nothing was lost, ran twice, or was said that is not so. */
function told(what: string, figures: Figures & { readonly heard: ReadonlyMap<string, number> }): boolean {
  const { starts, executed, indeterminate, lost, executedTwice, untrue, odd } = figures;
  say(`answers: ${[...figures.heard].map(([kind, times]) => `${times} × ${kind}`).join(', ')}`);
  say(`${what}: ${starts} starts, ${executed} executed, ${indeterminate} left indeterminate`);
  for (const [name, found] of Object.entries({ lost, 'executed twice': executedTwice, untrue, odd })) {
    say(`  ${name}: ${found.length}${found.length > 0 ? `\n    ${found.slice(0, 20).join('\n    ')}` : ''}`);
  }
  return [lost, executedTwice, untrue, odd].every(({ length }) => length === 0);
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

function numberOf(name: string, usual: number): number {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`));
  return given === undefined ? usual : Number(given.slice(name.length + 3));
}

async function main(): Promise<void> {
  const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const chosen = Object.entries(proofs).filter(([name]) => named.length === 0 || named.includes(name));
  const postgres = await ownPostgres();
  try {
    const outcomes: boolean[] = [];
    for (const [, proof] of chosen) outcomes.push(await proof(postgres));
    process.exitCode = outcomes.every(Boolean) ? 0 : 1;
  } finally {
    await postgres.remove();
  }
}

await main();
