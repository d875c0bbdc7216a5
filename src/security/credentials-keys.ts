import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A key that encrypts credentials at rest. */
export interface CredentialsKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The key file holds something else than a key. */
export class KeyFileUnreadable extends Error {
  override readonly name = 'KeyFileUnreadable';
}

/**
 * The key of an embedded gateway: made on its first start, kept in `{dataDir}/credentials.key`, readable by its user alone.
 * Without it what it encrypted is lost.
 */
export async function keptCredentialsKeys(dataDir: string): Promise<readonly CredentialsKey[]> {
  const file = join(dataDir, 'credentials.key');
  await mkdir(dataDir, { recursive: true });
  const made = `generated:${randomBytes(32).toString('base64')}\n`;
  try {
    // `wx`: of two that start at once one makes it, and both read the same.
    await writeFile(file, made, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const [, id, base64] = /^(\w+):([A-Za-z0-9+/]{43}=)\s*$/.exec(await readFile(file, 'utf8')) ?? [];
  if (id === undefined || base64 === undefined) {
    throw new KeyFileUnreadable(`${file} holds no key; put the right one back, or remove it to lose all credentials.`);
  }
  return [{ id, key: Buffer.from(base64, 'base64') }];
}
