import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Fingerprints } from './http/fingerprints.js';
import { SecretBox } from './lib/secret-box.js';
import { MarkVariables } from './processes/mark-variables.js';
import { SealedValues } from './processes/sealed-values.js';
import { SensitiveStore } from './processes/sensitive.store.js';
import { SensitiveVariables } from './processes/sensitive-variables.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { keptFingerprintKey } from './storage/fingerprint-key.js';
import { proveKeys } from './storage/key-proofs.js';
import { PostgresSensitiveStore } from './storage/sensitive.store.js';

/** What is sealed, and what it is sealed with. */
export const secretParts: Provider[] = [
  provide(SecretBox, [Config], ({ credentialsKeys }: Config) => new SecretBox(credentialsKeys)),
  {
    provide: Fingerprints,
    inject: [Database, SecretBox, Config],
    useFactory: async (database: Database, box: SecretBox, { credentialsKeys }: Config) => {
      // Without a database nothing is remembered.
      if (!database.isInitialized) return new Fingerprints(Buffer.alloc(32));
      await proveKeys(database, credentialsKeys);
      return new Fingerprints(await keptFingerprintKey(database, box));
    },
  },
  provide(SensitiveStore, [Database], (database: Database) => new PostgresSensitiveStore(database)),
  provide(SensitiveVariables, [SensitiveStore], (store: SensitiveStore) => {
    return new SensitiveVariables(store, () => performance.now());
  }),
  provide(SealedValues, [SecretBox], (box: SecretBox) => new SealedValues(box)),
  provide(
    MarkVariables,
    [SensitiveVariables, SensitiveStore, SealedValues],
    (sensitive: SensitiveVariables, store: SensitiveStore, sealed: SealedValues) =>
      new MarkVariables(sensitive, store, sealed),
  ),
];
