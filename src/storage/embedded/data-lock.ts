import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { longestSocketPath } from './address.js';
import { EmbeddedPostgresFailed, systemCodeOf, wordsOf } from './embedded-postgres.errors.js';

/** The right to use a data directory, ours until we release it or die. */
export interface DataLock {
  release(): Promise<void>;
}

/**
 * Takes the right to use a data directory.
 *
 * The lock is a listening socket: unlike a file with a process id in it, the system closes it when its owner dies,
 * however that happens, and nobody can inherit it with the id.
 *
 * @param path       where the socket is to be
 * @param directory  what is locked, for the sentence
 * @throws EmbeddedPostgresFailed  another living process has it, or sockets cannot be made there
 */
export async function lockDataDirectory(path: string, directory: string): Promise<DataLock> {
  const bindable = bindablePath(path);
  for (let tries = 0; tries < 5; tries++) {
    const server = await listenOn(bindable.path, directory);
    if (server) return { release: () => closed(server).finally(bindable.forget) };
    await refuseIfHeld(bindable.path, directory);
    await clearAway(bindable.path, directory);
  }
  throw new EmbeddedPostgresFailed(`The data directory ${directory} is being taken by other processes just now`);
}

/** A path that is too long for a socket, by way of its directory, which Linux lets us name by an open descriptor. */
function bindablePath(path: string): { readonly path: string; readonly forget: () => void } {
  const spaceForAside = 10;
  if (process.platform !== 'linux' || Buffer.byteLength(path) + spaceForAside <= longestSocketPath) {
    return { path, forget: () => undefined };
  }
  const directory = openSync(dirname(path), 'r');
  return { path: `/proc/self/fd/${directory}/${basename(path)}`, forget: () => closeSync(directory) };
}

async function listenOn(path: string, directory: string): Promise<Server | null> {
  const server = createServer((asker) => {
    asker.on('error', () => undefined); // whoever asked has gone
    asker.end(`${process.pid}`);
  });
  try {
    server.listen(path);
    await once(server, 'listening');
    server.unref();
    return server;
  } catch (cause) {
    if (systemCodeOf(cause) === 'EADDRINUSE') return null;
    throw new EmbeddedPostgresFailed(
      `The data directory ${directory} cannot hold a socket (${wordsOf(cause)}); choose another DATA_DIR or set DATABASE_URL`,
      { cause },
    );
  }
}

async function refuseIfHeld(path: string, directory: string): Promise<void> {
  const holder = await holderOf(path);
  if (holder === null) return;
  throw new EmbeddedPostgresFailed(
    `The data directory ${directory} is in use by ${holder}; stop that one first or choose another DATA_DIR`,
  );
}

/** A dead owner's socket is moved before it is removed, so that a living one's that has just replaced it can be put back. */
async function clearAway(path: string, directory: string): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return; // another one was quicker
    throw cause;
  }
  const holder = await holderOf(aside);
  if (holder === null) return rm(aside, { force: true });
  await rename(aside, path);
  await refuseIfHeld(path, directory);
}

/** Who holds the lock, e.g. `process 4711`; `null` when its owner is dead. */
async function holderOf(path: string): Promise<string | null> {
  const socket = connect(path);
  socket.setEncoding('utf8');
  // A stopped process is alive and answers nothing.
  socket.setTimeout(1_000, () => socket.end());
  let said = '';
  socket.on('data', (text) => (said += String(text)));
  try {
    await once(socket, 'connect');
    if (!socket.readableEnded) await once(socket, 'end');
  } catch (cause) {
    const gone = ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(systemCodeOf(cause) ?? '');
    if (gone) return null;
  } finally {
    socket.destroy();
  }
  return /^\d+$/.test(said) ? `process ${said}` : 'another process';
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
