import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { SealBroken, type SealedPlace, type SecretBox } from '../lib/secret-box.js';

/** None of the keys that were given opens what this database holds. */
export class KeysDoNotFit extends Error {
  override readonly name = 'KeysDoNotFit';
}

/** The id of the key that an embedded gateway makes for itself. */
const generated = 'generated';

interface KeyRow {
  readonly id: string;
  readonly sealed: Buffer | null;
}

/**
 * The key under which all replicas of this database remember requests; the first one makes it.
 *
 * A gateway that made its own credentials key anew makes this one anew too: what was remembered is refused as another request.
 *
 * @throws KeysDoNotFit  it does not open with the keys that an operator gave
 */
export async function keptFingerprintKey(database: DataSource, box: SecretBox): Promise<Buffer> {
  const { id, sealed } = await readKey(database);
  if (sealed === null) return madeKey(database, box, { id, sealed });
  try {
    return opened(box, id, sealed);
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    if (box.keyId === generated) return madeKey(database, box, { id, sealed });
    throw new KeysDoNotFit(
      'CREDENTIALS_KEYS holds no key that opens what this database holds; put the one back that sealed it. Where it is lost, ' +
        'so are all credentials: `update installation set fingerprint_key_sealed = null` has the gateway start without them.',
      { cause: error },
    );
  }
}

async function readKey(database: DataSource): Promise<KeyRow> {
  const [row] = await database.query<KeyRow[]>('select id, fingerprint_key_sealed as sealed from installation');
  if (!row) throw new Error('The table installation is empty: run the migrations');
  return row;
}

/** Of replicas that start together one makes it, and all read the same. */
async function madeKey(database: DataSource, box: SecretBox, before: KeyRow): Promise<Buffer> {
  const sealed = box.seal(randomBytes(32).toString('base64'), placeOf(before.id));
  await database.query(
    'update installation set fingerprint_key_sealed = $1 where fingerprint_key_sealed is not distinct from $2',
    [sealed, before.sealed],
  );
  const { id, sealed: kept } = await readKey(database);
  if (kept === null) throw new Error('The key for fingerprints was not kept');
  return opened(box, id, kept);
}

function opened(box: SecretBox, id: string, sealed: Buffer): Buffer {
  return Buffer.from(box.open(sealed, placeOf(id)), 'base64');
}

function placeOf(installation: string): SealedPlace {
  return { table: 'installation', row: installation, column: 'fingerprint_key_sealed' };
}
