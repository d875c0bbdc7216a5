import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { urlOf, type Address } from './address.js';
import { placesIn } from './places.js';

/**
 * The url of an embedded server that runs already, in another process of this user, as its own files tell it.
 *
 * @returns null where none runs, or its files cannot be read; a server that was killed may leave files behind that say
 *   that it runs
 */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | null> {
  const places = await placesIn(dataDir);
  try {
    const lines = (await readFile(join(places.cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const [, , , port = '', sockets = '', , , status = ''] = lines.map((line) => line.trim());
    if (status !== 'ready') return null;
    const address: Address = sockets === '' ? { port: Number(port) } : { sockets: places.sockets };
    return urlOf(address, await readFile(places.password, 'utf8'));
  } catch {
    return null;
  }
}
