import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCreatioSandbox } from '../../src/platforms/creatio/creatio.sandbox.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { send } from './connections.js';
import type { Figure } from './figures.js';
import { runReplica, type Replica } from './replica.js';
import { uniqueValue } from './starts.js';

const runMs = 1000;
const least = 3.5;
/** So many starts for each session: long enough that the first and the last do not count. */
const startsEach = 15;

/** How much four sessions of an instance that locks them carry more than one, with a process that takes a second. */
export async function measureSessions(databaseUrl: string, say: (line: string) => void): Promise<readonly Figure[]> {
  const { one, four } = await sessionThroughput(databaseUrl);
  say(`one session: ${one.toFixed(2)} starts a second`);
  say(`four sessions: ${four.toFixed(2)} starts a second`);
  return [
    {
      what: 'starts of four sessions for each of one, .NET Framework, a process of 1 s',
      measured: (four / one).toFixed(2),
      allowed: `at least ${least}`,
      holds: four / one >= least,
    },
  ];
}

/** Starts a second of one session and of four. */
export async function sessionThroughput(databaseUrl: string): Promise<{ readonly one: number; readonly four: number }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, LEASE_SECONDS: '30', STATUS_POLL_SECONDS: '86400' };
  const replica = await runReplica(env);
  try {
    return { one: await startsPerSecond(replica, 1), four: await startsPerSecond(replica, 4) };
  } finally {
    await replica.end();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function startsPerSecond(replica: Replica, sessions: number): Promise<number> {
  const sandbox = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null }, 'netframework');
  try {
    const key = `sessions-${sessions}`;
    const { fields } = sandbox.connections[0] ?? {};
    const body = { key, platform: 'creatio', baseUrl: sandbox.url, ...fields, sessions, limits: { maxInFlight: 40 } };
    await posted(`${replica.url}/v1/connections`, body);
    const each = startsEach * sessions;
    // As many as run at once open every session.
    await orderRunMs(sandbox, 200);
    await startAll(replica, key, sessions * 4);
    await orderRunMs(sandbox, runMs);
    const beganMs = performance.now();
    await startAll(replica, key, each);
    return each / ((performance.now() - beganMs) / 1000);
  } finally {
    await sandbox.close();
  }
}

async function startAll(replica: Replica, connection: string, count: number): Promise<void> {
  const said = await Promise.all(
    Array.from({ length: count }, async () => {
      const unique = uniqueValue();
      return send(
        replica,
        unique,
        { connection, definition: 'UsrWaiting', variables: { Document: unique } },
        'wait=29',
      );
    }),
  );
  const odd = said.filter(({ status }) => status !== 201);
  if (odd.length > 0) throw new Error(`${odd.length} starts did not run in time: ${JSON.stringify(odd[0])}`);
}

function orderRunMs({ url }: Sandbox, ms: number): Promise<void> {
  return posted(`${url}/_sandbox/sessions`, { runMs: ms });
}

async function posted(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${await answer.text()}`);
}
