import type { Config } from './config.js';
import type { Closing } from './lib/closing.js';
import { keepSecretsOf } from './kept-secrets.js';
import { SecretBox } from './lib/secret-box.js';
import { keptCredentialsKeys } from './security/credentials-keys.js';
import { rotateColumn, rotationLines, type RotatedColumn } from './security/rotate-credentials.js';
import { sharedDatabaseUrl } from './start-database.js';
import { audited } from './storage/audited-command.js';
import { openDatabase } from './storage/database.js';
import { keptFingerprintKey } from './storage/fingerprint-key.js';
import { migrate } from './storage/migrate.js';
import { sealedColumns } from './storage/sealed-columns.js';

/**
 * Seals everything anew with the first of CREDENTIALS_KEYS, while replicas run.
 *
 * @returns what a terminal shows, and whether everything opened
 * @throws KeysDoNotFit  these are not the keys of this database; nothing was changed
 */
export async function rotateCredentials(
  config: Config,
  closing: Closing,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const keys = config.credentialsKeys.length > 0 ? config.credentialsKeys : await keptCredentialsKeys(config.dataDir);
  keepSecretsOf({ ...config, credentialsKeys: keys });
  const box = new SecretBox(keys);
  const { direct } = await sharedDatabaseUrl(config, closing);
  await migrate(direct);
  const database = await openDatabase({ url: direct, poolSize: 1 });
  closing.add('database', () => database.destroy());
  // A key of the same id that is another one would seal everything so that no replica opens it.
  await keptFingerprintKey(database, box);
  const columns: RotatedColumn[] = [];
  await audited(database, { action: 'credentials.rotated', target: 'database' }, async () => {
    for (const column of sealedColumns(database)) columns.push(await rotateColumn(column, box));
  });
  return {
    text: rotationLines(box.keyId, columns),
    isWhole: columns.every(({ unreadable }) => unreadable.length === 0),
  };
}
