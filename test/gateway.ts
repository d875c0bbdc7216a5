import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config.js';
import { startGateway as start } from '../src/gateway.js';
import { heardLog } from './canaries/heard.js';
import { freshDatabase } from './database.js';

/** A whole gateway of one test file, on a free port and a database of its own. */
export interface TestGateway {
  /** Without a trailing slash. */
  readonly url: string;
  readonly databaseUrl: string;
  close(): Promise<void>;
}

const credentialsKey = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/**
 * Starts a gateway without keys and without simulated portals, but for what `env` says.
 *
 * @param env  settings as in the environment, e.g. `{ AUTH: 'on', BOOTSTRAP_API_KEY: 'key-of-the-admin' }`
 * @param lines  where log lines go; nowhere by default
 */
export async function startGateway(
  env: Readonly<Record<string, string>> = {},
  lines: (line: string) => void = () => {},
): Promise<TestGateway> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const clean = async (): Promise<void> => {
    await database.drop();
    await rm(dataDir, { recursive: true });
  };
  try {
    const config = loadConfig({
      DATABASE_URL: database.url,
      CREDENTIALS_KEYS: credentialsKey,
      DATA_DIR: dataDir,
      PORT: '0',
      AUTH: 'off',
      SANDBOX: 'off',
      ...env,
    });
    const gateway = await start(config, heardLog(config.logLevel, lines));
    return {
      url: gateway.url,
      databaseUrl: database.url,
      close: async () => {
        await gateway.close();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

/** One more replica on the database of a gateway, in this process, with the same keys. */
export async function startReplica(
  { databaseUrl }: Pick<TestGateway, 'databaseUrl'>,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  const settings = { DATABASE_URL: databaseUrl, CREDENTIALS_KEYS: credentialsKey, DATA_DIR: dataDir, PORT: '0' };
  const config = loadConfig({ ...settings, AUTH: 'off', SANDBOX: 'off', ...env });
  const gateway = await start(
    config,
    heardLog(config.logLevel, () => {}),
  );
  return {
    url: gateway.url,
    close: async () => {
      await gateway.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
