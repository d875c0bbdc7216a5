import { join } from 'node:path';
import type { GatewayLog, Ground } from './app.module.js';
import type { Config } from './config.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import { keepSecretsOf } from './kept-secrets.js';
import type { Gateway } from './opened-door.js';
import { Closing } from './lib/closing.js';
import type { RunningSandbox } from './sandbox.js';
import { keptCredentialsKeys } from './security/credentials-keys.js';
import { standingDatabase } from './standing-database.js';

export type { Gateway } from './opened-door.js';

/**
 * Starts everything in its order. Where a part does not start, those before it are stopped again.
 *
 * @param acceptors  how many connections are accepted in one turn of the loop
 */
export async function startGateway(loaded: Config, log: GatewayLog, acceptors = 1): Promise<Gateway> {
  const closing = new Closing(log);
  try {
    const config = await withCredentialsKeys(loaded);
    keepSecretsOf(config);
    // Half of a start is reading modules, the other half waiting for the embedded server: both go on at once.
    const loading = import('./opened-door.js');
    const standing = standingDatabase(config, closing, { log, loading });
    const [{ ports, answers, ...stood }, { openDoor }] = await settledBoth(standing, loading);
    const running = config.sandbox ? await runSandboxes(config, closing) : [];
    const ground: Ground = {
      ...stood,
      config,
      log,
      url: new PublicUrl(config.publicUrl ?? ''),
      readiness: new Readiness(answers),
      ownPorts: running.map(({ sandbox }) => sandbox.port),
      closedPorts: new Set(ports),
    };
    return await openDoor(ground, closing, { running, acceptors });
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

/** Loaded only where they are wanted: production starts without the simulated portals. */
async function runSandboxes({ dataDir }: Config, closing: Closing): Promise<readonly RunningSandbox[]> {
  const [{ startSandboxes, stopSandboxes }, { sandboxKinds }] = await Promise.all([
    import('./sandbox.js'),
    import('./platforms/sandboxes.js'),
  ]);
  const running = await startSandboxes(sandboxKinds, join(dataDir, 'sandbox'));
  closing.add('sandbox', () => stopSandboxes(running));
  return running;
}

async function withCredentialsKeys(config: Config): Promise<Config> {
  if (config.credentialsKeys.length > 0) return config;
  return { ...config, credentialsKeys: await keptCredentialsKeys(config.dataDir) };
}

/** Both, or the fault of one when the other has come to its end too: what stands by then can be stopped. */
async function settledBoth<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}
