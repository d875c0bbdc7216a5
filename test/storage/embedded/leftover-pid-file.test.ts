import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../until.js';
import { closeAll, dataDirectory, isAlive, rowsOf, startHere } from './elsewhere.js';

/** A data directory whose server has ended; the same for all tests, each of which stops what it starts. */
let dataDir = '';

beforeAll(async () => {
  dataDir = await dataDirectory();
  await (await startHere(dataDir)).stop();
});

afterAll(closeAll);

/** Runs a shell script as the owner of the data; it says a process id. PostgreSQL heeds only processes of its own user. */
async function whileRunning(script: string, work: (pid: number) => Promise<void>): Promise<void> {
  const { uid, gid } = statSync(join(dataDir, 'postgres'));
  const ids = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn('/bin/sh', ['-c', script], { ...ids, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [pid] = (await once(child.stdout, 'data')).map(Number);
    await work(pid ?? 0);
  } finally {
    child.kill('SIGKILL');
  }
}

/** What the database says after a start with this as the process id in postmaster.pid. */
async function startedWith(pid: string): Promise<unknown[]> {
  const places = [join(dataDir, 'postgres/cluster'), '1700000000', '5432', join(dataDir, 'postgres/sockets')];
  return startedWithFile([pid, ...places, '', '  4711  4711', 'ready', ''].join('\n'));
}

async function startedWithFile(text: string): Promise<unknown[]> {
  writeFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), text);
  const postgres = await startHere(dataDir);
  try {
    return await rowsOf(postgres.url, 'select 1 as one');
  } finally {
    await postgres.stop();
  }
}

describe('a postmaster.pid that a dead server has left', () => {
  it('does not matter when its process is gone', async () => {
    expect(await startedWith('4194303')).toEqual([{ one: 1 }]);
  });

  it.each(['', 'rubbish', '-1', '0', '1'])('does not matter when it says "%s"', async (text) => {
    expect(await startedWith(text)).toEqual([{ one: 1 }]);
  });

  it('does not matter when it is empty', async () => {
    expect(await startedWithFile('')).toEqual([{ one: 1 }]);
  });

  it('does not matter when its id is now another program’s, which is left in peace', async () => {
    await whileRunning('echo $$; exec sleep 60', async (pid) => {
      expect(await startedWith(String(pid))).toEqual([{ one: 1 }]);
      expect(isAlive(pid)).toBe(true);
    });
  });

  it('does not matter when its process is a zombie', async () => {
    // The child ends and its parent, now `sleep`, never asks for it.
    await whileRunning('sleep 0 & echo $!; exec sleep 60', async (pid) => {
      await until(() => !isAlive(pid) && existsSync(`/proc/${pid}`), 'a zombie');
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/State:\s+Z/);
      expect(await startedWith(String(pid))).toEqual([{ one: 1 }]);
    });
  });
});
