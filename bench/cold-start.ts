import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuSecondsOf } from './usage.js';
import { shown } from './figures.js';
import { delivered } from './delivered.js';

const times = 3;

/** One start of the whole gateway. */
export interface Begun {
  /** From its start until it answered that it is ready. */
  readonly seconds: number;
  readonly cpu: number | null;
}

/** Of each database the first start, which makes what is missing there, and those that follow. */
export interface ColdStarts {
  readonly external: readonly [first: Begun, ...later: Begun[]];
  readonly embedded: readonly [first: Begun, ...later: Begun[]];
}

/** How long a gateway takes from its start until it is ready: on a database that is there, and on its own. */
export async function coldStarts(databaseUrl: string, credentialsKeys: string): Promise<ColdStarts> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bpm-gateway-cold-'));
  await chmod(dataDir, 0o711);
  try {
    const external = { DATABASE_URL: databaseUrl, CREDENTIALS_KEYS: credentialsKeys, AUTH: 'off', DATA_DIR: dataDir };
    const embedded = { DATA_DIR: dataDir };
    return { external: await severally(external), embedded: await severally(embedded) };
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** They in lines, a database each. */
export function coldStartLines({ external, embedded }: ColdStarts): readonly string[] {
  const line = (what: string, [first, ...later]: ColdStarts['external']): string =>
    `${what}: ${later.map(told).join('; ')}; first ${told(first)}`;
  return [line('an external database', external), line('the embedded one', embedded)];
}

function told({ seconds, cpu }: Begun): string {
  return `${shown(seconds, 1)} s (CPU ${shown(cpu, 1)} s)`;
}

async function severally(env: Readonly<Record<string, string>>): Promise<[first: Begun, ...later: Begun[]]> {
  const all: [first: Begun, ...later: Begun[]] = [await started(env)];
  for (let time = 0; time < times; time += 1) all.push(await started(env));
  return all;
}

async function started(env: Readonly<Record<string, string>>): Promise<Begun> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, delivered, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('/v1\n')) break;
  }
  const url = /(http:\/\/\S+)\/v1\n/.exec(said)?.[1];
  if (url === undefined) throw new Error(`The gateway did not start: ${said}`);
  const { status } = await fetch(`${url}/healthz/ready`);
  const seconds = (performance.now() - beganMs) / 1000;
  const cpu = await cpuSecondsOf(child.pid ?? 0);
  child.stdout.resume();
  child.kill();
  await gone;
  if (status !== 200) throw new Error(`It was not ready: ${status}`);
  return { seconds, cpu };
}
