import type { Config } from './config.js';
import type { Closing } from './lib/closing.js';
import { keepSecretsOf } from './kept-secrets.js';
import { SecretBox } from './lib/secret-box.js';
import { faultsOfKeys } from './security/check-seals.js';
import { keptCredentialsKeys, type CredentialsKey } from './security/credentials-keys.js';
import { rotateColumn, rotationLines, type RotatedColumn, type SealedColumn } from './security/rotate-credentials.js';
import { sharedDatabaseUrl } from './start-database.js';
import { audited } from './storage/audited-command.js';
import { openDatabase, type Database } from './storage/database.js';
import { KeysDoNotFit } from './storage/fingerprint-key.js';
import { assertProven } from './storage/key-proofs.js';
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
  const sealed = sealedColumns(database);
  await assertKeysFit(database, sealed, keys);
  const columns: RotatedColumn[] = [];
  await audited(database, { action: 'credentials.rotated', target: 'database' }, async () => {
    for (const column of sealed) columns.push(await rotateColumn(column, box));
  });
  return {
    text: rotationLines(box.keyId, columns),
    isWhole: columns.every(({ unreadable }) => unreadable.length === 0),
  };
}

/** A wrong key would seal everything so that no replica opens it; a missing one would leave the rest behind. */
async function assertKeysFit(
  database: Database,
  sealed: readonly SealedColumn[],
  keys: readonly CredentialsKey[],
): Promise<void> {
  const faults = await faultsOfKeys(sealed, new SecretBox(keys));
  if (faults.length > 0) throw new KeysDoNotFit(`${faults.join(' ')} Nothing was changed.`);
  const [first] = keys;
  if (first) await assertProven(database, first);
}
