import { join } from 'node:path';
import type { Client } from 'pg';
import { Closing } from '../src/lib/closing.js';
import { PinoLog } from '../src/observability/pino-log.js';
import {
  client,
  databaseOf,
  durableServer,
  runsIn,
  serverPid,
  settingsOf,
  statementsIn,
  type StatementUse,
  type StoredRuns,
} from './bench-postgres.js';
import { Child } from './child.js';
import type { Driven, Load } from './driver.js';
import { startGatewayProcess } from './gateway-process.js';
import type { Executed } from './platform.js';

/** In the order of the reports. */
export const targetNames = ['direct', 'limit', 'node-red', 'nest-as-usual', 'gateway'] as const;

export type TargetName = (typeof targetNames)[number];

/** What starts can be sent to. */
export interface Target {
  readonly name: TargetName;
  readonly url: string;
  readonly speaks: Load['speaks'];
  /** `null`: the platform itself, which stores nothing. */
  readonly stores: { readonly pid: number; runs(): Promise<StoredRuns> } | null;
}

/** Everything that a round needs, each part in its own process. */
export interface Workbench {
  readonly targets: readonly Target[];
  readonly pids: { readonly platform: number; readonly driver: number; readonly postgres: number | null };
  readonly readyMs: number;
  /** As the server has them, e.g. `fsync on`. */
  readonly serverSettings: readonly string[];
  drive(load: Load): Promise<Driven>;
  executed(): Promise<Executed>;
  /** The same, and it goes on counting. */
  seen(): Promise<Executed>;
  /** Writes out what earlier rounds left dirty, so that a round does not pay for the one before it. */
  settle(): Promise<void>;
  /** What the gateway's database worked on since it was asked last; empty where nothing is profiled. */
  statements(): Promise<readonly StatementUse[]>;
  /** Who closes what is being closed waits for the same end. */
  close(): Promise<void>;
}

/** What a workbench has beside what each has. */
export interface Extras {
  readonly gatewayNodeOptions?: readonly string[];
  /** Where Node-RED is installed; `null`: it is no target. */
  readonly nodeRed?: string | null;
}

/** Sets everything up in a temporary directory; nothing is left of it. */
export async function openWorkbench({ gatewayNodeOptions = [], nodeRed = null }: Extras): Promise<Workbench> {
  const closing = new Closing(new PinoLog('warn'));
  const isProfiled = gatewayNodeOptions.length > 0;
  let closed: Promise<void> | null = null;
  try {
    const postgres = await durableServer(
      closing,
      isProfiled ? { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' } : {},
    );
    const server = await client(postgres.url, closing);
    const platform = await Child.start<'executed' | 'seen', Executed>(new URL('./platform.ts', import.meta.url));
    closing.add('platform', () => platform.stop());
    const driver = await Child.start<Load, Driven>(new URL('./driver.ts', import.meta.url));
    closing.add('driver', () => driver.stop());
    const parts = { postgresUrl: postgres.url, server, platformUrl: platform.ready, closing };
    const limit = await yardstick('limit', new URL('./limit.ts', import.meta.url), parts);
    const nest = await yardstick('nest-as-usual', new URL('./nest-as-usual/nest-as-usual.ts', import.meta.url), parts);
    const peers = nodeRed === null ? [] : [await nodeRedIn(nodeRed, join(postgres.directory, 'node-red'), parts)];
    const { rows: gatewayRows, databaseUrl } = await database('gateway', parts);
    const gateway = await startGatewayProcess({
      databaseUrl,
      platformUrl: platform.ready,
      dataDir: postgres.directory,
      nodeOptions: gatewayNodeOptions,
    });
    closing.add('gateway', () => gateway.stop());
    if (isProfiled) await gatewayRows.query('create extension pg_stat_statements');
    return {
      targets: [
        { name: 'direct', url: platform.ready, speaks: 'native', stores: null },
        limit,
        ...peers,
        nest,
        {
          name: 'gateway',
          url: gateway.url,
          speaks: 'starts',
          stores: { pid: gateway.pid, runs: () => runsIn(gatewayRows, 'processes') },
        },
      ],
      pids: { platform: platform.pid, driver: driver.pid, postgres: await serverPid(server) },
      readyMs: gateway.readyMs,
      serverSettings: await settingsOf(server),
      drive: (load) => driver.ask(load),
      executed: () => platform.ask('executed'),
      seen: () => platform.ask('seen'),
      settle: async () => void (await server.query('checkpoint')),
      statements: () => (isProfiled ? statementsIn(gatewayRows) : Promise.resolve([])),
      close: () => (closed ??= closing.closeAll()),
    };
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

interface Parts {
  readonly postgresUrl: string;
  readonly server: Client;
  readonly platformUrl: string;
  /** What else it has to know. */
  readonly args?: readonly string[];
  readonly closing: Closing;
}

function nodeRedIn(installed: string, userDir: string, parts: Parts): Promise<Target> {
  const file = new URL('./node-red/node-red.ts', import.meta.url);
  return yardstick('node-red', file, { ...parts, args: [installed, userDir] });
}

/** Starts a target of our own making on a database of its own. */
async function yardstick(name: TargetName, file: URL, parts: Parts): Promise<Target> {
  const { rows, databaseUrl } = await database(name.replaceAll('-', '_'), parts);
  const args = [databaseUrl, parts.platformUrl, ...(parts.args ?? [])];
  const child = await Child.start<string, string>(file, args);
  parts.closing.add(name, () => child.stop());
  return { name, url: child.ready, speaks: 'starts', stores: { pid: child.pid, runs: () => runsIn(rows, 'runs') } };
}

async function database(
  name: string,
  { postgresUrl, server, closing }: Parts,
): Promise<{ readonly rows: Client; readonly databaseUrl: string }> {
  await server.query(`create database bench_${name}`);
  const databaseUrl = databaseOf(postgresUrl, `bench_${name}`);
  return { databaseUrl, rows: await client(databaseUrl, closing) };
}

/** @throws Error  where there is none of that name */
export function targetOf({ targets }: Workbench, wanted: TargetName): Target {
  const target = targets.find(({ name }) => name === wanted);
  if (!target) throw new Error(`There is no ${wanted} to measure`);
  return target;
}
