import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { Closing } from '../src/lib/closing.js';
import { PinoLog } from '../src/observability/pino-log.js';
import { client, databaseOf, durableServer, serverPid } from './bench-postgres.js';
import { Child } from './child.js';
import { coldStartLines, coldStarts } from './cold-start.js';
import type { Driven, Load } from './driver.js';
import { shown, table } from './figures.js';
import { startGatewayProcess, type GatewayProcess } from './gateway-process.js';
import type { Executed } from './platform.js';
import { stored, type Stored } from './stored.js';
import { busySeconds, cpuSecondsOf, residentMiB } from './usage.js';

const callers = 64;

interface Parts {
  readonly gateways: readonly GatewayProcess[];
  readonly drivers: readonly Child<Load, Driven>[];
  readonly platform: Child<'executed' | 'seen', Executed>;
  readonly postgresPid: number | null;
  readonly rows: Client;
  readonly databaseUrl: string;
}

/** One against two replicas on one database with the same callers, what a start leaves there, memory, and cold starts. */
export async function measureReplicas(args: string[], say: (text: string) => void): Promise<void> {
  const { values } = parseArgs({ args, options: { seconds: { type: 'string', default: '6' } } });
  const closing = new Closing(new PinoLog('warn'));
  try {
    const parts = await open(closing);
    const idleMiB = await Promise.all(parts.gateways.map(({ pid }) => residentMiB(pid)));
    const seconds = Number(values.seconds);
    // Compiled code and grown heaps first.
    for (const gateway of parts.gateways) await drive(parts, [gateway], seconds);
    const measured: Measured[] = [];
    for (const count of [1, 2, 2, 1]) measured.push(await measure(parts, count, seconds));
    say(
      table(
        head,
        [1, 2].map((count) =>
          row(
            count,
            measured.filter(({ replicas }) => replicas === count),
          ),
        ),
      ),
    );
    const [one = Number.NaN, two = Number.NaN] = [1, 2].map((count) =>
      mean(measured.flatMap(({ replicas, startsPerSecond }) => (replicas === count ? [startsPerSecond] : []))),
    );
    say(`two to one: ${shown(two / one, 2)}\n`);
    for (const { replicas, left } of measured) say(`${replicas}: ${told(left)}`);
    const loadedMiB = await Promise.all(parts.gateways.map(({ pid }) => residentMiB(pid)));
    say(
      `\nmemory, MiB: idle ${idleMiB.map(round).join(', ')}; after ${callers} callers ${loadedMiB.map(round).join(', ')}`,
    );
    for (const gateway of parts.gateways) await gateway.stop();
    const cold = await coldStarts(parts.databaseUrl, parts.gateways[0]?.credentialsKeys ?? '');
    for (const line of coldStartLines(cold)) say(line);
  } finally {
    await closing.closeAll();
  }
}

async function open(closing: Closing): Promise<Parts> {
  const postgres = await durableServer(closing);
  const databaseUrl = databaseOf(postgres.url, 'bench_replicas');
  await (await client(postgres.url, closing)).query('create database bench_replicas');
  const rows = await client(databaseUrl, closing);
  const platform = await Child.start<'executed' | 'seen', Executed>(new URL('./platform.ts', import.meta.url));
  closing.add('platform', () => platform.stop());
  const drivers: Child<Load, Driven>[] = [];
  const gateways: GatewayProcess[] = [];
  for (const [name, firstNumber] of [
    ['one', '0'],
    ['two', '1000000000'],
  ] as const) {
    const driver = await Child.start<Load, Driven>(new URL('./driver.ts', import.meta.url), [firstNumber]);
    closing.add('driver', () => driver.stop());
    drivers.push(driver);
    const dataDir = join(postgres.directory, name);
    await mkdir(dataDir);
    const gateway = await startGatewayProcess({
      databaseUrl,
      platformUrl: platform.ready,
      dataDir,
      nodeOptions: [],
      ...(gateways[0] ? { credentialsKeys: gateways[0].credentialsKeys } : {}),
    });
    closing.add('gateway', () => gateway.stop());
    gateways.push(gateway);
  }
  return { gateways, drivers, platform, postgresPid: await serverPid(rows), rows, databaseUrl };
}

/** The callers are shared out; each replica has a driver of its own, as each has when there is one. */
async function drive(
  { drivers }: Parts,
  gateways: readonly GatewayProcess[],
  seconds: number,
): Promise<readonly Driven[]> {
  const each = callers / gateways.length;
  return Promise.all(
    gateways.flatMap(({ url }, index) => drivers[index]?.ask({ url, speaks: 'starts', callers: each, seconds }) ?? []),
  );
}

interface Measured {
  readonly replicas: number;
  readonly startsPerSecond: number;
  readonly p99Ms: number;
  /** Cores that each took. */
  readonly cores: readonly number[];
  readonly left: Stored;
}

async function measure(parts: Parts, replicas: number, seconds: number): Promise<Measured> {
  await parts.rows.query('checkpoint');
  await parts.platform.ask('executed');
  const [before, spent] = [await stored(parts.rows, null), await used(parts)];
  const driven = await drive(parts, parts.gateways.slice(0, replicas), seconds);
  const after = await used(parts);
  const started = driven.reduce((sum, one) => sum + one.started, 0);
  const { runs, repeated } = await parts.platform.ask('executed');
  const [odd] = driven.flatMap(({ firstOther }) => firstOther ?? []);
  if (runs !== started || repeated > 0 || odd !== undefined) {
    throw new Error(`Answered ${started}, executed ${runs}, ${repeated} of them twice; ${odd ?? 'no other answer'}`);
  }
  const took = Math.max(...driven.map((one) => one.seconds));
  return {
    replicas,
    startsPerSecond: started / took,
    p99Ms: Math.max(...driven.map(({ p99Ms }) => p99Ms)),
    cores: after.map((now, index) => (now - (spent[index] ?? Number.NaN)) / took),
    left: await stored(parts.rows, { of: before, starts: started }),
  };
}

/** CPU seconds so far of: all gateways, PostgreSQL, the platform, the callers, the whole machine. */
async function used({ gateways, drivers, platform, postgresPid }: Parts): Promise<readonly number[]> {
  const of = async (pids: readonly number[]): Promise<number> =>
    (await Promise.all(pids.map((pid) => cpuSecondsOf(pid)))).reduce<number>((sum, cpu) => sum + (cpu ?? 0), 0);
  const postgres = postgresPid === null ? null : await cpuSecondsOf(postgresPid, { children: true });
  const [own, asked, driving] = [
    await of(gateways.map(({ pid }) => pid)),
    await of([platform.pid]),
    await of(drivers.map(({ pid }) => pid)),
  ];
  return [own, postgres ?? Number.NaN, asked, driving, (await busySeconds()) ?? Number.NaN];
}

const head = ['replicas', 'starts/s', 'p99 ms', 'cores: gateways', 'Postgres', 'platform', 'callers', 'others'];

function row(replicas: number, rounds: readonly Measured[]): string[] {
  const cores = [0, 1, 2, 3, 4].map((index) => mean(rounds.map((one) => one.cores[index] ?? Number.NaN)));
  const [machine = Number.NaN] = cores.splice(4);
  const others = Math.max(0, machine - cores.reduce((sum, one) => sum + one, 0));
  const rates = [mean(rounds.map((one) => one.startsPerSecond)), mean(rounds.map((one) => one.p99Ms))];
  return [String(replicas), ...rates.map((one) => shown(one, 0)), ...[...cores, others].map((one) => shown(one, 2))];
}

function told({ walBytes, fullPages, diskBytes, rows }: Stored): string {
  return `a start wrote ${round(walBytes)} bytes of WAL (${shown(fullPages, 2)} full pages in it), ${round(diskBytes)} on disk, ${shown(rows, 1)} rows`;
}

function round(number: number | null): string {
  return shown(number ?? Number.NaN, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
