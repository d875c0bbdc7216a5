import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freshDatabase, type FreshDatabase } from './database.js';
import { until } from './until.js';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const typescript = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));

interface Run {
  out: string;
  err: string;
  /** From now on nobody reads what it writes. */
  stopReading(): void;
  /** With everything that it wrote read. */
  readonly ended: Promise<number | null>;
  readonly gone: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** Runs the server as a process of its own, with nothing but these settings. */
function run(env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, ['--import', typescript, main], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const seen: Run = {
    out: '',
    err: '',
    ended: once(child, 'close').then(([code]: (number | null)[]) => code ?? null),
    gone: once(child, 'exit').then(([code]: (number | null)[]) => code ?? null),
    stopReading: () => child.stdout.pause(),
    signal: (name) => child.kill(name),
  };
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()));
  return seen;
}

describe('the server as a process', () => {
  let database: FreshDatabase;
  const settings = (): Record<string, string> => ({
    DATABASE_URL: database.url,
    CREDENTIALS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    PORT: '0',
    LOG_LEVEL: 'silent',
  });

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('says where it is, answers, and stops when it is told to', async () => {
    const server = run(settings());
    await until(() => /docs +http/.test(server.out) || server.err, 'the server to say where it is');
    expect(server.err).toBe('');
    const url = /(http:\/\/127\.0\.0\.1:\d+)\/v1/.exec(server.out)?.[1] ?? '';
    expect((await fetch(`${url}/healthz/ready`)).status).toBe(200);

    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('answers and stops although nobody reads what it says', async () => {
    const server = run({ ...settings(), LOG_LEVEL: 'trace', AUTH: 'off' });
    const url = await until(
      () => /(http:\/\/127\.0\.0\.1:\d+)\/v1/.exec(server.out)?.[1],
      'the server to say where it is',
    );
    server.stopReading();
    // More than a pipe and the two processes keep between them.
    for (let requests = 0; requests < 2000; requests += 1)
      expect((await fetch(`${url}/v1/connections?limit=${requests}`)).status).toBeGreaterThanOrEqual(200);

    server.signal('SIGTERM');
    expect(await server.gone).toBe(0);
  });

  it('prints one line for each fault of its environment and no stack', async () => {
    const server = run({ ...settings(), PORT: 'x', AUTH: 'maybe' });
    expect(await server.ended).toBe(1);
    expect(server.err.trim().split('\n')).toEqual([
      'PORT must be a whole number from 0 to 65535.',
      'AUTH must be "on" or "off".',
    ]);
  });
});
