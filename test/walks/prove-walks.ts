import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';
import { goManyWalks } from './many.js';

/**
 * The long version of the walks, on a Postgres of its own: `prove-walks.ts [--walks=2000] [--seed=…] [--first=0]
 * [--side-by-side=8] [--at-most-broken=20] [--minutes=…]`. Ends with 1 where a walk broke.
 */
const given = (name: string, usual: number): number => {
  const word = process.argv.find((one) => one.startsWith(`--${name}=`));
  return word === undefined ? usual : Number(word.slice(name.length + 3));
};

const say = (line: string): void => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const dataDir = await mkdtemp(join(tmpdir(), 'walks-'));
await chmod(dataDir, 0o711); // as root the server is another user, who has to get in
const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings: { max_connections: '600' } });
process.env['TEST_POSTGRES_URL'] = postgres.url;
const seed = given('seed', Date.now() % 2 ** 31);
say(`seed ${seed}`);
const figures = await goManyWalks({
  seed,
  walks: given('walks', 2000),
  sideBySide: given('side-by-side', 8),
  atMostBroken: given('at-most-broken', 20),
  first: given('first', 0),
  limitMs: given('minutes', Number.POSITIVE_INFINITY) * 60_000,
  say,
});
const { walks, commands, starts, executed, seconds, broken } = figures;
say(
  `${walks} walks, ${commands} commands, ${starts} starts, ${executed} executed, ${figures.decided} decided by a person, ${seconds} s, seed ${seed}`,
);
say(`faults: ${[...figures.faults].map(([name, count]) => `${name} ${count}`).join(', ')}`);
say(`states: ${[...figures.states].map(([name, count]) => `${name} ${count}`).join(', ')}`);
for (const { walk, route, what } of broken) say(`walk ${walk} broke\n${route}\n${what}`);
say(`${broken.length} broken`);
await postgres.stop();
await rm(dataDir, { recursive: true, force: true });
process.exit(broken.length === 0 ? 0 : 1);
