import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../until.js';
import {
  closeAll,
  dataDirectory,
  isAlive,
  killLater,
  rowsOf,
  serverPid,
  startElsewhere,
  startHere,
} from './elsewhere.js';

afterEach(closeAll);

/** A gateway elsewhere with one row committed. */
async function gatewayWithRow(
  dataDir: string,
): Promise<{ gateway: ReturnType<typeof startElsewhere>; server: number }> {
  const gateway = startElsewhere(dataDir);
  await rowsOf(await gateway.url(), 'create table kept as select 7 as number');
  const server = serverPid(dataDir);
  killLater(server);
  return { gateway, server };
}

/** What is there after another start. */
async function startAgain(dataDir: string): Promise<{ rows: unknown[] }> {
  const { url } = await startHere(dataDir);
  return { rows: await rowsOf(url, 'select number from kept') };
}

const rowAgain = { rows: [{ number: 7 }] };

describe('a gateway killed with -9', () => {
  it('leaves no server behind', async () => {
    const { gateway, server } = await gatewayWithRow(await dataDirectory());
    expect(isAlive(server)).toBe(true);

    await gateway.kill();
    await until(() => !isAlive(server), 'the server to stop by itself', 5_000);
  });

  it('can be started again at once, on the same data', async () => {
    const dataDir = await dataDirectory();
    const { gateway } = await gatewayWithRow(dataDir);
    await gateway.kill();
    expect(await startAgain(dataDir)).toEqual(rowAgain);
  });

  it('can be started again when its server was killed with it', async () => {
    const dataDir = await dataDirectory();
    const { gateway, server } = await gatewayWithRow(dataDir);
    process.kill(server, 'SIGKILL');
    await gateway.kill();
    expect(await startAgain(dataDir)).toEqual(rowAgain);
  });

  it('begins anew where it was killed while the cluster was being made', async () => {
    const dataDir = await dataDirectory();
    const gateway = startElsewhere(dataDir);
    const home = join(dataDir, 'postgres');
    const names = async (): Promise<string[]> => await readdir(home).catch(() => []);
    await until(async () => (await names()).some((name) => name.startsWith('cluster.new')), 'initdb to begin');
    await gateway.kill();
    expect(await names()).not.toContain('cluster');

    const { url } = await startHere(dataDir);
    expect(await rowsOf(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await names()).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
  });
});

describe('a gateway interrupted from the keyboard', () => {
  it('still has its database while it finishes', async () => {
    const dataDir = await dataDirectory();
    const { gateway, server } = await gatewayWithRow(dataDir);
    process.kill(-gateway.pid, 'SIGINT'); // as a terminal does: everybody in the group

    expect(await rowsOf(await gateway.url(), 'select number from kept')).toEqual([{ number: 7 }]);
    expect(serverPid(dataDir)).toBe(server);
  });
});

// These read /proc.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the server of a gateway', () => {
  it('does not see the gateway’s environment', async () => {
    const { server } = await gatewayWithRow(await dataDirectory());
    expect(readFileSync(`/proc/${server}/environ`, 'utf8')).not.toContain('BOOTSTRAP_API_KEY');
  });

  it('is stopped by the next gateway when nobody else was left to do it', async () => {
    const dataDir = await dataDirectory();
    const { gateway, server } = await gatewayWithRow(dataDir);
    const supervisor = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, 'utf8'))?.[1]);
    const watchers = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ');
    const others = [supervisor, ...watchers.map(Number)].filter((pid) => pid !== server);
    // None of them may see another one go.
    for (const pid of others) process.kill(pid, 'SIGSTOP');
    await gateway.kill();
    for (const pid of others) process.kill(pid, 'SIGKILL');
    expect(isAlive(server)).toBe(true);

    expect(await startAgain(dataDir)).toEqual(rowAgain);
    expect(isAlive(server)).toBe(false);
  });
});
