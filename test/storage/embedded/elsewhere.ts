import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/storage/embedded/embedded-postgres.js';
import type { ServerUser } from '../../../src/storage/embedded/server-user.js';
import { until } from '../../until.js';

/** Whatever a test opens here is closed by `closeAll`, the youngest first. */
const open: (() => Promise<unknown>)[] = [];

export async function closeAll(): Promise<void> {
  for (let close = open.pop(); close; close = open.pop()) await close();
}

/** Has a process ended at the end of the test, should it still be there then. */
export function killLater(pid: number): void {
  open.push(async () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid), `process ${pid} to be gone`);
  });
}

/** A data directory of one test, which every user may pass through. */
export async function dataDirectory(name: string = randomUUID().slice(0, 8)): Promise<string> {
  const path = join(tmpdir(), `bpm-embedded-${name}`);
  await mkdir(path, { recursive: true });
  await chmod(path, 0o711);
  // A server whose gateway was killed may still be writing its last files.
  open.push(() => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return path;
}

/** The embedded server started in this process, without waiting for the disk. */
export async function startHere(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings });
  open.push(() => postgres.stop());
  return postgres;
}

/** A gateway in a process, and a process group, of its own. */
export interface Elsewhere {
  readonly pid: number;
  /** @throws Error with what it said where it ended instead */
  readonly url: () => Promise<string>;
  readonly said: () => string;
  /** Kills it with -9; resolves when it is gone, whatever it has left behind. */
  kill(): Promise<void>;
}

export function startElsewhere(dataDir: string, ids: ServerUser['ids'] = null): Elsewhere {
  const loader = fileURLToPath(new URL('../../setup/typescript.mjs', import.meta.url));
  const script = fileURLToPath(new URL('gateway.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', loader, script, dataDir], {
    ...ids,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], BOOTSTRAP_API_KEY: 'a secret of the gateway' },
  });
  open.push(() => killed(child));
  let said = '';
  child.stdout.on('data', (text) => (said += String(text)));
  child.stderr.on('data', (text) => (said += String(text)));
  const url = async (): Promise<string> => {
    await until(() => said.includes('\n') && (said.startsWith('postgresql:') || child.exitCode !== null), 'a url');
    if (!said.startsWith('postgresql:')) throw new Error(said);
    return said.trim();
  };
  return { pid: child.pid ?? 0, url, said: () => said, kill: () => killed(child) };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await until(() => child.exitCode !== null || child.signalCode !== null, 'a killed process to be gone');
}

/** The rows of one statement, on a connection of its own. */
export async function rowsOf(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** The process id that stands in a data directory's postmaster.pid. */
export function serverPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Is there such a process? A zombie, which nobody has buried yet, is none. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
