import { createServer } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDataDirectory } from '../../../src/storage/embedded/data-lock.js';
import { closeAll, dataDirectory, rowsOf, serverPid, startElsewhere, startHere } from './elsewhere.js';

afterEach(closeAll);

describe('a second gateway on one data directory', () => {
  it('is told whose it is, and the first notices nothing', async () => {
    const dataDir = await dataDirectory();
    const first = startElsewhere(dataDir);
    const url = await first.url();
    const server = serverPid(dataDir);

    await expect(startHere(dataDir)).rejects.toMatchObject({
      name: 'EmbeddedPostgresFailed',
      message: expect.stringMatching(`is in use by process ${first.pid};`),
    });
    expect(serverPid(dataDir)).toBe(server);
    expect(await rowsOf(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is refused in the same process too, until the first has stopped', async () => {
    const dataDir = await dataDirectory();
    const first = await startHere(dataDir);
    await expect(startHere(dataDir)).rejects.toThrow(`in use by process ${process.pid}`);
    await first.stop();
    expect((await startHere(dataDir)).url).toBe(first.url);
  });

  it('is the only one to win where many start at once', async () => {
    const dataDir = await dataDirectory();
    const gateways = Array.from({ length: 4 }, () => startElsewhere(dataDir));
    const outcomes = await Promise.allSettled(gateways.map((gateway) => gateway.url()));

    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(3);
    for (const { reason } of lost) expect(String(reason)).toContain('is in use by process');
  });
});

async function canLock(directory: string): Promise<boolean> {
  const lock = await lockDataDirectory(directory);
  await lock.release();
  return true;
}

const anyClaim = 'gateway-00000000-0000-4000-8000-000000000000.lock';

describe('the lock of a data directory', () => {
  it('is free when its owner was killed, of whom nothing remains', async () => {
    const dataDir = await dataDirectory();
    const first = startElsewhere(dataDir);
    await first.url();
    await first.kill();
    expect(await canLock(join(dataDir, 'postgres'))).toBe(true);
    expect((await readdir(join(dataDir, 'postgres'))).filter((name) => name.startsWith('gateway'))).toEqual([]);
  });

  it('is free when something else lies in its place', async () => {
    const directory = await dataDirectory();
    writeFileSync(join(directory, anyClaim), '4711');
    expect(await canLock(directory)).toBe(true);
  });

  it('is held by a process that is stopped and answers nothing', async () => {
    const directory = await dataDirectory();
    const silent = createServer().listen(join(directory, anyClaim));
    await once(silent, 'listening');
    try {
      await expect(lockDataDirectory(directory)).rejects.toThrow('is in use by another process');
    } finally {
      silent.close();
    }
  });

  it('is had by exactly one of many who find a dead owner’s, time and again', async () => {
    const directory = await dataDirectory();
    for (let round = 0; round < 20; round++) {
      writeFileSync(join(directory, anyClaim), '');
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDirectory(directory)));
      const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      await Promise.all(locks.map((lock) => lock.release()));
      expect(locks).toHaveLength(1);
    }
  });
});
