import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delivered } from './delivered.js';

/** The gateway as it is delivered, on a database that is filled already. */
export async function runListsGateway(
  databaseUrl: string,
  dataDir: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, delivered, {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      CREDENTIALS_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
      PORT: '0',
      AUTH: 'off',
      SANDBOX: 'off',
      LOG_LEVEL: 'warn',
      RETENTION_DAYS: '3650',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    // Listened to until it ends: a full pipe would keep it from ending.
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-10_000);
      const [, found] = /(http:\/\/[\d.:]+)\/v1/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error('The gateway did not start; was it built?')));
  });
  return {
    url,
    stop: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}
