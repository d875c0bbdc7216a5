import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A key of 32 bytes and the name under which sealed texts remember it. */
export interface SealingKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Where a sealed text lies. It opens nowhere else, so a row's secret cannot be moved into another row. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** First byte of everything sealed; another layout takes another number. */
const layout = 1;

/**
 * Seals texts with AES-256-GCM. What lies in the database: layout (1 byte), length of the key's id (1 byte), the id,
 * nonce (12), tag (16), sealed text.
 */
export class SecretBox {
  readonly #keys: readonly SealingKey[];

  /** @param keys  the first seals, all open */
  constructor(keys: readonly SealingKey[]) {
    for (const { id, key } of keys) {
      if (key.length !== 32) throw new Error(`The key "${id}" has ${key.length} bytes; it must have 32`);
      if (id === '' || Buffer.byteLength(id) > 255) throw new Error('The id of a key has 1 to 255 bytes');
    }
    this.#keys = keys;
  }

  /** The id of the key that seals. */
  get keyId(): string {
    return this.#first.id;
  }

  /** Whether a key of this id is among them. */
  knows(id: string): boolean {
    return this.#keys.some((one) => one.id === id);
  }

  seal(text: string, place: SealedPlace): Buffer {
    const first = this.#first;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, first.key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(associated(place, first.id));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const id = Buffer.from(first.id);
    return Buffer.concat([Buffer.of(layout, id.length), id, nonce, cipher.getAuthTag(), sealed]);
  }

  get #first(): SealingKey {
    const [first] = this.#keys;
    if (!first) throw new Error('There is no key to seal with; set CREDENTIALS_KEYS');
    return first;
  }

  /** @throws SealBroken  the key is gone, the text was changed, or it was sealed for another place */
  open(sealed: Buffer, place: SealedPlace): string {
    if (sealed[0] !== layout) throw new SealBroken(place, 'its layout is none that is known');
    const id = keyIdOf(sealed);
    const known = this.#keys.find((one) => one.id === id);
    if (!known) throw new SealBroken(place, `its key "${id}" is not among CREDENTIALS_KEYS`);
    const start = 2 + Buffer.byteLength(id);
    const nonce = sealed.subarray(start, start + nonceBytes);
    const tag = sealed.subarray(start + nonceBytes, start + nonceBytes + tagBytes);
    try {
      // Without its length given, a tag cut down to four bytes would be accepted too.
      const decipher = createDecipheriv(algorithm, known.key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(associated(place, id));
      decipher.setAuthTag(tag);
      return Buffer.concat([
        decipher.update(sealed.subarray(start + nonceBytes + tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    } catch (cause) {
      throw new SealBroken(place, `it does not open with the key "${id}"`, { cause });
    }
  }
}

/** A sealed text does not open; nothing of it is in the message. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';

  constructor(place: SealedPlace, why: string, options?: ErrorOptions) {
    super(`The secret in ${place.table}.${place.column} of ${place.row} cannot be read: ${why}`, options);
  }
}

/** The id of the key that something was sealed with. */
export function keyIdOf(sealed: Buffer): string {
  return sealed.subarray(2, 2 + (sealed[1] ?? 0)).toString('utf8');
}

// JSON keeps the parts apart: "a" + "bc" and "ab" + "c" must not be the same place.
function associated({ table, row, column }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([table, row, column, keyId]));
}
