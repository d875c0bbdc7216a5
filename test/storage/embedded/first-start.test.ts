import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { once } from 'node:events';
import { Client } from 'pg';
import { until } from '../../until.js';
import { closeAll, dataDirectory, rowsOf, startHere } from './elsewhere.js';

afterEach(closeAll);

describe('an embedded database that starts for the first time', () => {
  it('speaks UTF-8, sorts by code point and forces commits to disk as it is told', async () => {
    const { url } = await startHere(await dataDirectory(), { max_connections: '37' });

    const [settings] = await rowsOf(
      url,
      `select current_setting('server_encoding') as encoding, current_setting('max_connections') as connections,
              current_setting('fsync') as fsync, datlocprovider as provider, datlocale as locale
         from pg_database where datname = current_database()`,
    );
    expect(settings).toEqual({ encoding: 'UTF8', connections: '37', fsync: 'off', provider: 'b', locale: 'C.UTF-8' });
  });

  it('lets in nobody without the password, and keeps both it and the data from other users', async () => {
    const dataDir = await dataDirectory();
    const url = new URL((await startHere(dataDir)).url);
    url.password = 'guessed';

    await expect(rowsOf(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'postgres/password')).mode & 0o777).toBe(0o600);
  });

  it('opens no port', async () => {
    const { url } = await startHere(await dataDirectory());
    const [row] = await rowsOf(url, "select current_setting('listen_addresses') as addresses");
    expect(row).toEqual({ addresses: '' });
  });

  it('can be used by other programs with its url', async () => {
    const { url } = await startHere(await dataDirectory());
    const program = `
      import { Client } from 'pg';
      const client = new Client({ connectionString: process.argv[1] });
      await client.connect();
      console.log((await client.query('select 6 * 7 as answer')).rows[0].answer);
      await client.end();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, url]);
    expect(stdout.trim()).toBe('42');
  });
});

describe('an embedded database that starts again', () => {
  it('has the same data, the same password and the same address', async () => {
    const dataDir = await dataDirectory();
    const first = await startHere(dataDir);
    await rowsOf(first.url, 'create table kept as select 7 as number');
    await first.stop();

    const second = await startHere(dataDir);
    expect(second.url).toBe(first.url);
    expect(await rowsOf(second.url, 'select number from kept')).toEqual([{ number: 7 }]);
  });

  it('has ended the sessions that were left when it was stopped', async () => {
    const dataDir = await dataDirectory();
    const first = await startHere(dataDir);
    const session = new Client({ connectionString: first.url });
    const errors: string[] = [];
    session.on('error', (error) => errors.push(error.message));
    await session.connect();

    await first.stop();
    await until(() => errors.length > 0, 'the session to learn it');
    expect(errors).toContain('terminating connection due to administrator command');
    await expect(rowsOf(first.url, 'select 1')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('listens on loopback where the path is too long for a socket', async () => {
  const dataDir = await dataDirectory('long'.repeat(30));
  const { url } = await startHere(dataDir);

  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(await rowsOf(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  await expect(startHere(dataDir)).rejects.toThrow(`in use by process ${process.pid}`);
});
