import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { longestSocketPath } from './address.js';
import { askClaim, type Claim } from './claim.js';
import { EmbeddedPostgresFailed, wordsOf } from './embedded-postgres.errors.js';

/** The right to use a data directory, ours until we release it or die. */
export interface DataLock {
  release(): Promise<void>;
}

/** Name of a claim: a listening socket that says how far its owner is. */
const claimName = /^gateway-[0-9a-f-]{36}\.lock$/;

/**
 * Takes the right to use a data directory.
 *
 * A claim is a listening socket: unlike a file with a process id in it, the system closes it when its owner dies,
 * however that happens, and nobody inherits it with the id. Each has a name of its own, so removing a dead one cannot
 * hit a living one that has just replaced it. Who claims second sees the first, and yields.
 *
 * @param directory  absolute path
 * @throws EmbeddedPostgresFailed  another living process has it, or sockets cannot be made there
 */
export async function lockDataDirectory(directory: string): Promise<DataLock> {
  const room = roomFor(directory);
  const name = `gateway-${randomUUID()}.lock`;
  let state: 'claims' | 'holds' = 'claims';
  const server = createServer((asker) => {
    asker.on('error', () => undefined); // whoever asked has gone
    asker.end(`${state} ${process.pid}`);
  });
  const release = async (): Promise<void> => {
    server.close();
    await rm(`${room.path}/${name}`, { force: true });
    room.leave();
  };
  try {
    // It gets its name when it listens: before that it would be taken for a dead one.
    server.listen(`${room.path}/${name}.new`);
    await once(server, 'listening');
    await rename(`${room.path}/${name}.new`, `${room.path}/${name}`);
    server.unref();
  } catch (cause) {
    await release();
    throw new EmbeddedPostgresFailed(
      `The directory ${directory} cannot hold a socket (${wordsOf(cause)}); choose another DATA_DIR or set DATABASE_URL`,
      { cause },
    );
  }
  const holder = await otherHolder(room.path, name);
  if (holder === null) {
    state = 'holds';
    return { release };
  }
  await release();
  throw new EmbeddedPostgresFailed(
    `The data directory ${directory} is in use by ${holder}; stop that one first or choose another DATA_DIR`,
  );
}

/** To whom we have to yield: who holds already, or claims under a lesser name. `null`: it is ours. */
async function otherHolder(path: string, name: string): Promise<string | null> {
  for (const other of await readdir(path)) {
    if (other === name || !claimName.test(other)) continue;
    const weGoFirst = name < other;
    const claim = weGoFirst ? await decidedClaim(`${path}/${other}`) : await askClaim(`${path}/${other}`);
    if (claim) return claim.owner;
    await rm(`${path}/${other}`, { force: true });
  }
  return null;
}

/** A claim that we go before, when it has seen us and is gone (`null`), or had not seen us and holds. */
async function decidedClaim(path: string): Promise<Claim | null> {
  for (;;) {
    const claim = await askClaim(path);
    if (claim?.state !== 'claims') return claim;
    await passed(10);
  }
}

/** A directory whose path is too long for a socket in it, by way of an open descriptor, which Linux lets us name. */
function roomFor(directory: string): { readonly path: string; readonly leave: () => void } {
  const longestName = `/gateway-${randomUUID()}.lock.new`.length;
  if (process.platform !== 'linux' || Buffer.byteLength(directory) + longestName <= longestSocketPath) {
    return { path: directory, leave: () => undefined };
  }
  const descriptor = openSync(directory, 'r');
  return { path: `/proc/self/fd/${descriptor}`, leave: () => closeSync(descriptor) };
}
