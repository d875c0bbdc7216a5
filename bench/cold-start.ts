import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpuSecondsOf } from './usage.js';
import { shown } from './figures.js';
import { delivered } from './delivered.js';

const times = 3;

/** How long a gateway takes from its start until it answers that it is ready: on a database that it knows, and on its own. */
export async function coldStarts(databaseUrl: string, credentialsKeys: string): Promise<readonly string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bpm-gateway-cold-'));
  await chmod(dataDir, 0o711);
  try {
    const external = { DATABASE_URL: databaseUrl, CREDENTIALS_KEYS: credentialsKeys, AUTH: 'off', DATA_DIR: dataDir };
    const embedded = { DATA_DIR: dataDir };
    return [
      await told('an external database', external),
      `the embedded one, first: ${await started(embedded)}`,
      await told('the embedded one', embedded),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function told(what: string, env: Readonly<Record<string, string>>): Promise<string> {
  const taken: string[] = [];
  for (let time = 0; time < times; time += 1) taken.push(await started(env));
  return `${what}: ${taken.join('; ')}`;
}

async function started(env: Readonly<Record<string, string>>): Promise<string> {
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
  return `${shown(seconds, 1)} s (CPU ${shown(cpu, 1)} s)`;
}
