import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { listeningPort } from '../../src/lib/listening-port.js';
import { installedBinaries, reachableBinaries, type Binaries } from '../../src/storage/embedded/binaries.js';
import { listeningAt, urlOf } from '../../src/storage/embedded/address.js';
import { makeCluster } from '../../src/storage/embedded/cluster.js';
import { makeHome, placesIn, type Places } from '../../src/storage/embedded/places.js';
import { serverUserFor, type ServerUser } from '../../src/storage/embedded/server-user.js';
import { supervised, type Supervised } from '../../src/storage/embedded/supervised.js';
import { until } from '../until.js';

/** A Postgres server that can be killed and started again at the same address. */
export interface OwnPostgres {
  readonly url: string;
  /** `SIGQUIT` is its immediate shutdown; after either it recovers at the next start. Resolves when it is gone. */
  kill(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
  /** Makes a streaming replica of it as it is now, one at most, and starts it. */
  replica(): Promise<Omit<OwnPostgres, 'replica'>>;
  /** Ends it and removes what it kept. */
  remove(): Promise<void>;
}

/** What was committed survives the server; it need not survive the machine. */
const settings = { fsync: 'off', synchronous_commit: 'on', max_connections: '200', timezone: 'UTC' };

/** Makes a cluster of its own, and starts it. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const { dataDir, places, user } = await newHome();
  const binaries = await reachableBinaries(
    await installedBinaries(`${process.platform}-${process.arch}`),
    places,
    user,
  );
  const password = await makeCluster(places, binaries, { user, durable: false });
  const server = await startServer({ dataDir, places, user, binaries, password, settings });
  const replica = async (): Promise<Omit<OwnPostgres, 'replica'>> => {
    const home = await newHome();
    await copyCluster(server.url, places.cluster, home);
    const follows = { primary_conninfo: conninfo(server.url), primary_slot_name: slot };
    return startServer({ ...home, binaries, password, settings: { ...settings, ...follows } });
  };
  return { ...server, replica };
}

interface Home {
  readonly dataDir: string;
  readonly places: Places;
  readonly user: ServerUser;
}

async function newHome(): Promise<Home> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-postgres-'));
  await chmod(dataDir, 0o711);
  const places = await placesIn(dataDir);
  const user = serverUserFor(places.home);
  await makeHome(places, user);
  return { dataDir, places, user };
}

interface Installed extends Home {
  readonly binaries: Binaries;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

async function startServer(installed: Installed): Promise<Omit<OwnPostgres, 'replica'>> {
  const { dataDir, places, password } = installed;
  const port = await freePort();
  const url = urlOf({ port }, password);
  let program = launch(installed, port);
  const start = async (): Promise<void> => {
    await until(
      async () => {
        // Sessions of a server that was killed hold its memory a moment longer.
        if (program.hasEnded()) program = launch(installed, port);
        return takesConnections(url);
      },
      'Postgres to start again',
      60_000,
    );
    program.letGo();
  };
  await start();
  return {
    url,
    start,
    kill: async (signal) => {
      const [pid] = (await readFile(join(places.cluster, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(pid), signal);
      await until(() => program.hasEnded(), 'Postgres to end', 30_000);
    },
    remove: async () => {
      await program.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

function launch({ places, binaries, user, settings: own }: Installed, port: number): Supervised {
  const options = Object.entries({ ...own, ...listeningAt({ port }) });
  const given = options.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return supervised([binaries.postgres, '-D', places.cluster, ...given], user, places.log);
}

/** Keeps the log that the replica has not read yet. */
const slot = 'replica';

/** What a running server must not share with its copy. */
const notCopied = ['postmaster.pid', 'postmaster.opts', 'pg_wal', 'pg_replslot'];

/** As pg_basebackup does it, which is not among the embedded programs. */
async function copyCluster(url: string, from: string, { places: { cluster: to }, user: { ids } }: Home): Promise<void> {
  const session = new Client({ connectionString: url });
  await session.connect();
  try {
    await session.query('select pg_create_physical_replication_slot($1, true)', [slot]);
    await session.query("select pg_backup_start('replica', fast => true)");
    execFileSync('cp', ['-a', from, to]);
    for (const name of notCopied) await rm(join(to, name), { recursive: true, force: true });
    const { rows } = await session.query<{ label: string }>(
      'select labelfile as label from pg_backup_stop(wait_for_archive => false)',
    );
    await writeFile(join(to, 'backup_label'), rows[0]?.label ?? '');
    await writeFile(join(to, 'standby.signal'), '');
    for (const name of ['pg_wal', 'pg_replslot']) await mkdir(join(to, name), { mode: 0o700 });
    if (ids) execFileSync('chown', ['-R', `${ids.uid}:${ids.gid}`, to]);
  } finally {
    await session.end();
  }
}

function conninfo(url: string): string {
  const { hostname, port, username, password } = new URL(url);
  return `host=${hostname} port=${port} user=${username} password=${password}`;
}

async function takesConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A database on it, with nothing in it; the first gateway there migrates it. */
export async function newDatabase(url: string): Promise<string> {
  const name = `proof_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = listeningPort(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
