import type { DataSource } from 'typeorm';
import { SealBroken, SecretBox, type SealedPlace, type SealingKey } from '../lib/secret-box.js';
import { KeysDoNotFit } from './fingerprint-key.js';

/** The id of the key that an embedded gateway makes for itself; where its file is gone, it makes another one. */
const generated = 'generated';

interface Proof {
  readonly id: string;
  readonly proof: Buffer;
}

/**
 * Holds that each of these keys is the one that other replicas know by its id; of a new one the first replica says which it is.
 *
 * @throws KeysDoNotFit  one of them is another key, e.g. mistyped: what it sealed nobody else could open
 */
export async function proveKeys(database: DataSource, keys: readonly SealingKey[]): Promise<void> {
  // Whoever has lost a key gives up what it sealed by taking out the house key, and begins anew.
  await database.query(
    'delete from key_proofs where exists (select from installation where fingerprint_key_sealed is null)',
  );
  for (const key of keys) {
    const proof = new SecretBox([key]).seal(key.id, placeOf(key.id));
    const anew = key.id === generated && !(await isProven(database, key));
    await database.query(
      `insert into key_proofs (id, proof)
       values ($1, $2)
       on conflict (id) do ${anew ? 'update set proof = excluded.proof, at = clock_timestamp()' : 'nothing'}`,
      [key.id, proof],
    );
    if (!(await isProven(database, key))) throw new KeysDoNotFit(anotherKey(key.id));
  }
}

/**
 * Holds that a key may seal everything: a replica has started with it, and it is the same one.
 *
 * @throws KeysDoNotFit  nothing was changed
 */
export async function assertProven(database: DataSource, key: SealingKey): Promise<void> {
  const known = await read(database, key.id);
  if (!known) {
    throw new KeysDoNotFit(
      `No replica has started with the key "${key.id}" yet. Nothing was changed: put it into CREDENTIALS_KEYS of every ` +
        'replica first, or none of them could open what it seals.',
    );
  }
  if (!opens(known, key)) throw new KeysDoNotFit(`${anotherKey(key.id)} Nothing was changed.`);
}

function anotherKey(id: string): string {
  return `The key "${id}" in CREDENTIALS_KEYS is another one than replicas have by this name; compare it with theirs.`;
}

async function isProven(database: DataSource, key: SealingKey): Promise<boolean> {
  const known = await read(database, key.id);
  return known === null || opens(known, key);
}

async function read(database: DataSource, id: string): Promise<Proof | null> {
  const [row] = await database.query<Proof[]>('select id, proof from key_proofs where id = $1', [id]);
  return row ?? null;
}

function opens({ id, proof }: Proof, key: SealingKey): boolean {
  try {
    return new SecretBox([key]).open(proof, placeOf(id)) === id;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
}

function placeOf(id: string): SealedPlace {
  return { table: 'key_proofs', row: id, column: 'proof' };
}
