import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { delivered } from './delivered.js';

export interface GatewayParts {
  readonly databaseUrl: string;
  readonly platformUrl: string;
  readonly dataDir: string;
  /** Options of node itself, e.g. `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  /** Where it is the second one on its database: the keys of the first, which has registered the platform. */
  readonly credentialsKeys?: string;
}

/** The gateway as it is delivered, in a process of its own, with the platform registered. */
export interface GatewayProcess {
  readonly pid: number;
  readonly url: string;
  /** From its start until it listens, with an empty database to migrate. */
  readonly readyMs: number;
  readonly credentialsKeys: string;
  stop(): Promise<void>;
}

/** More than any round takes: what is measured is the way of a start, not the limits of a portal. */
const limits = {
  requestsPerSecond: 10_000,
  burst: 100_000,
  // A start a request, as the yardsticks send it.
  batch: 'off',
  maxInFlight: 256,
  startTimeoutSeconds: 30,
  queueDepth: 1_000_000,
};

/** The one thing that is added to the gateway: it must not outlive a bench that is killed. */
const endWithParent = "--import=data:text/javascript,process.once('disconnect',process.exit)";

/** Starts `dist/main.js`, registers the platform and has its definition read. */
export async function startGatewayProcess(parts: GatewayParts): Promise<GatewayProcess> {
  const beganMs = performance.now();
  const credentialsKeys = parts.credentialsKeys ?? `bench:${randomBytes(32).toString('base64')}`;
  const child = spawn(process.execPath, [endWithParent, ...parts.nodeOptions, ...delivered], {
    env: { ...process.env, ...settingsOf(parts), CREDENTIALS_KEYS: credentialsKeys },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const url = await listening(child);
    const readyMs = performance.now() - beganMs;
    if (parts.credentialsKeys === undefined) await register(url, parts.platformUrl);
    return { pid: child.pid ?? 0, url, readyMs, credentialsKeys, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function settingsOf({ databaseUrl, dataDir }: GatewayParts): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'production',
    // The bench itself runs with hooks that compile TypeScript; the gateway is built.
    NODE_OPTIONS: '',
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    PORT: '0',
    AUTH: 'off',
    SANDBOX: 'off',
    EGRESS_ALLOW: '127.0.0.1',
    EGRESS_HTTP: 'on',
    LOG_LEVEL: 'warn',
    // No looks at runs while starts are measured: the yardsticks do not look either.
    STATUS_POLL_SECONDS: '86400',
  };
}

async function listening(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new TypeError('The gateway was started without a pipe');
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk;
    const url = /(http:\/\/[\d.:]+)\/v1/.exec(said)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error('The gateway did not start; was it built?');
}

async function register(url: string, platformUrl: string): Promise<void> {
  await expected(201, `${url}/v1/connections`, {
    key: 'bench',
    platform: 'bitrix24',
    baseUrl: platformUrl,
    auth: { type: 'webhook', userId: 1, secret: 'secret' },
    limits,
  });
  await expected(200, `${url}/v1/connections/bench/definitions/1`);
}

async function expected(status: number, url: string, body?: object): Promise<void> {
  const answer = await fetch(url, {
    ...(body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (answer.status !== status) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
