import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedBinaries, reachableBinaries } from '../../../src/storage/embedded/binaries.js';
import { placesIn } from '../../../src/storage/embedded/places.js';
import { closedTo, serverUserFor } from '../../../src/storage/embedded/server-user.js';
import { closeAll, dataDirectory, rowsOf, startElsewhere, startHere } from './elsewhere.js';

afterEach(closeAll);

const isRoot = process.getuid?.() === 0;
/** Only root can be refused for being root, or become somebody else. */
const forRoot = isRoot ? describe : describe.skip;

describe('an embedded database that cannot be had says why in a sentence', () => {
  it('when there is none for this machine', async () => {
    await expect(installedBinaries('sunos-x64')).rejects.toThrow(
      'There is no embedded PostgreSQL for sunos-x64; set DATABASE_URL',
    );
  });

  it('when the data directory is a file', async () => {
    const file = join(await dataDirectory(), 'file');
    writeFileSync(file, '');
    await expect(startHere(file)).rejects.toThrow(`The data directory ${file} cannot be used: EEXIST`);
  });

  it('when a setting is refused', async () => {
    const dataDir = await dataDirectory();
    await expect(startHere(dataDir, { shared_buffers: 'plenty' })).rejects.toThrow(
      /does not start: invalid value for parameter "shared_buffers": "plenty" \(more in .*server\.log\)/,
    );
    await startHere(dataDir);
  });

  it('when the data is of another version', async () => {
    const dataDir = await dataDirectory();
    await (await startHere(dataDir)).stop();
    writeFileSync(join(dataDir, 'postgres/cluster/PG_VERSION'), '17\n');
    await expect(startHere(dataDir)).rejects.toThrow(/was made by PostgreSQL 17 and this gateway brings 18/);
  });

  it('when the password is lost', async () => {
    const dataDir = await dataDirectory();
    await (await startHere(dataDir)).stop();
    rmSync(join(dataDir, 'postgres/password'));
    await expect(startHere(dataDir)).rejects.toThrow(/The password of the database in .* cannot be read/);
  });
});

forRoot('a gateway that is root', () => {
  it('says which directory the user that runs the server cannot pass through', async () => {
    const closed = join(await dataDirectory(), 'closed');
    mkdirSync(join(closed, 'data'), { recursive: true });
    chmodSync(closed, 0o700);
    await expect(startHere(join(closed, 'data'))).rejects.toThrow(
      new RegExp(`PostgreSQL refuses to run as root, and \\w+, who runs it instead, cannot pass through ${closed};`),
    );
  });

  it('has another user run the server', async () => {
    const dataDir = await dataDirectory();
    await startHere(dataDir);
    expect(statSync(join(dataDir, 'postgres/cluster/postmaster.pid')).uid).not.toBe(0);
  });

  it('leaves data that an ordinary user has made with that user', async () => {
    const dataDir = await dataDirectory();
    mkdirSync(join(dataDir, 'postgres'));
    chownSync(join(dataDir, 'postgres'), 1, 1); // the user daemon
    await startHere(dataDir);
    expect(statSync(join(dataDir, 'postgres/cluster/postmaster.pid')).uid).toBe(1);
  });

  it('copies the programs that are closed to that user to where it can run them', async () => {
    const places = await placesIn(await dataDirectory());
    const user = serverUserFor(places.home);
    const closed = join(await dataDirectory(), 'home');
    mkdirSync(join(closed, 'native/bin'), { recursive: true });
    for (const name of ['initdb', 'postgres']) {
      writeFileSync(join(closed, 'native/bin', name), `#!/bin/sh\necho ${name} runs\n`, { mode: 0o700 });
    }
    chmodSync(closed, 0o700);

    const programs = { initdb: join(closed, 'native/bin/initdb'), postgres: join(closed, 'native/bin/postgres') };
    const { postgres } = await reachableBinaries(programs, places, user);
    const { stdout } = await promisify(execFile)(postgres, { ...user.ids, cwd: '/' });
    expect(stdout).toBe('postgres runs\n');
  });
});

forRoot('a gateway that is an ordinary user', () => {
  it('runs the server as itself', async () => {
    const dataDir = await dataDirectory();
    const nobody = { name: 'nobody', ids: { uid: 65_534, gid: 65_534 } };
    // Where the project lies in root's home, nobody can read it and there is nothing to see.
    if ((await closedTo(nobody, process.execPath)) ?? (await closedTo(nobody, import.meta.dirname))) return;
    chownSync(dataDir, nobody.ids.uid, nobody.ids.gid);

    const gateway = startElsewhere(dataDir, nobody.ids);
    expect(await rowsOf(await gateway.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(statSync(join(dataDir, 'postgres/cluster/postmaster.pid')).uid).toBe(nobody.ids.uid);
  });
});
