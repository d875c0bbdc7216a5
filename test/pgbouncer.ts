import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listeningPort } from '../src/lib/listening-port.js';
import { serverUserFor } from '../src/storage/embedded/server-user.js';
import { until } from './until.js';

/** A real PgBouncer that lends sessions for a transaction each, as `docs/scaling.md` has it set. */
export interface PgBouncer {
  /** Of the database behind it. */
  readonly url: string;
  /** By -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** At the same address; resolves when it takes connections. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** What the machine has, e.g. `PgBouncer 1.18.0`; `null`: none. */
export function installedPgBouncer(): string | null {
  try {
    return execFileSync('pgbouncer', ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? null;
  } catch {
    return null;
  }
}

/** Starts one in front of a database. @param settings  beside the usual, e.g. `{ pool_mode: 'session' }` */
export async function pgBouncer(
  databaseUrl: string,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const user = serverUserFor(join(folder, 'nothing'));
  const port = await freePort();
  writeSettings(folder, databaseUrl, { ...usual, listen_port: port, ...settings });
  if (user.ids) for (const name of ['', 'users', 'ini']) chownSync(join(folder, name), user.ids.uid, user.ids.gid);
  const url = new URL(databaseUrl);
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${port}`;
  let program: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    let said = '';
    const fresh = spawn('pgbouncer', [join(folder, 'ini')], {
      ...user.ids,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    fresh.stdout.on('data', (text) => (said += String(text)));
    fresh.stderr.on('data', (text) => (said += String(text)));
    program = fresh;
    const answers = async (): Promise<boolean> => {
      if (fresh.exitCode !== null) throw new Error(`PgBouncer ended: ${said}`);
      return takesConnections(port);
    };
    await until(answers, 'PgBouncer to take connections', 30_000);
  };
  const kill = async (): Promise<void> => {
    if (!program || program.exitCode !== null || program.signalCode !== null) return;
    const gone = once(program, 'exit');
    program.kill('SIGKILL');
    await gone;
  };
  const remove = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { url: url.href, kill, start, remove };
}

const usual = {
  listen_addr: '127.0.0.1',
  unix_socket_dir: '',
  auth_type: 'scram-sha-256',
  pool_mode: 'transaction',
  default_pool_size: 10,
  max_client_conn: 500,
};

function writeSettings(folder: string, databaseUrl: string, settings: Readonly<Record<string, string | number>>): void {
  const { hostname, port, username, password, searchParams } = new URL(databaseUrl);
  const lines = Object.entries({ ...settings, auth_file: join(folder, 'users') }).map((pair) => pair.join(' = '));
  const behind = `* = host=${searchParams.get('host') ?? hostname} port=${port || 5432}`;
  writeFileSync(join(folder, 'ini'), ['[databases]', behind, '[pgbouncer]', ...lines, ''].join('\n'));
  writeFileSync(join(folder, 'users'), `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  chmodSync(join(folder, 'users'), 0o600);
}

/** Without signing in, which would have it open a session before the gateway has said what holds for one. */
async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = listeningPort(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
