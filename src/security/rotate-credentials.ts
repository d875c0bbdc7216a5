import { keyIdOf, SealBroken, type SealedPlace, type SecretBox } from '../lib/secret-box.js';

/** One sealed value: in which row of its column, and where that is for its seal. */
export interface SealedRow {
  /** The primary key of the row, as a text. */
  readonly key: string;
  readonly place: SealedPlace;
  readonly sealed: Buffer;
}

/** A column in which everything is sealed. */
export interface SealedColumn {
  /** E.g. `connections.auth_sealed`. */
  readonly name: string;
  /** Keys of rows that another key sealed than this one, in their order. @param after  only later ones; `null`: from the first */
  sealedByOthers(keyId: string, after: string | null): Promise<readonly string[]>;
  /** Some hundred rows in the order of their keys, whoever sealed them. @param after  only later ones */
  read(after: string | null): Promise<readonly SealedRow[]>;
  /** `null`: the row is gone, or holds nothing sealed any more. */
  find(key: string): Promise<SealedRow | null>;
  /** Writes it unless somebody has written it meanwhile. False: somebody has, and nothing has changed. */
  replace(row: SealedRow, sealed: Buffer): Promise<boolean>;
  /** How many values each key has sealed. */
  count(): Promise<ReadonlyMap<string, number>>;
}

/** What became of one column. */
export interface RotatedColumn {
  readonly name: string;
  /** Values that were sealed anew. */
  readonly rotated: number;
  /** Rows whose value does not open: their key is gone, or they were tampered with. */
  readonly unreadable: readonly string[];
  /** Values that are still sealed with other keys, by the id of the key. */
  readonly left: ReadonlyMap<string, number>;
}

/** How often a value is read again that others write at the same moment. */
const tries = 5;

/**
 * Seals every value anew that another key has sealed, one row after the other, beside those who write: what they have written
 * is newer, and stays. Whatever it is killed at, each row is as before or done, and the next run goes on.
 */
export async function rotateColumn(column: SealedColumn, box: SecretBox): Promise<RotatedColumn> {
  const unreadable: string[] = [];
  let rotated = 0;
  for (let after: string | null = null; ;) {
    const keys: readonly string[] = await column.sealedByOthers(box.keyId, after);
    for (const key of keys) {
      const became = await rotateRow(column, key, box);
      if (became === 'unreadable') unreadable.push(key);
      if (became === 'rotated') rotated += 1;
    }
    after = keys.at(-1) ?? null;
    if (after === null) break;
  }
  const left = new Map([...(await column.count())].filter(([id]) => id !== box.keyId));
  return { name: column.name, rotated, unreadable, left };
}

async function rotateRow(
  column: SealedColumn,
  key: string,
  box: SecretBox,
): Promise<'rotated' | 'over' | 'unreadable'> {
  for (let left = tries; left > 0; left -= 1) {
    const row = await column.find(key);
    if (!row || keyIdOf(row.sealed) === box.keyId) return 'over';
    try {
      if (await column.replace(row, box.seal(box.open(row.sealed, row.place), row.place))) return 'rotated';
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      return 'unreadable';
    }
  }
  return 'over';
}

/** What was done and what a person does next, for a terminal. Names rows and keys, and no value. */
export function rotationLines(keyId: string, columns: readonly RotatedColumn[]): string {
  const done = columns.map(({ name, rotated }) => `  ${name.padEnd(28)} ${rotated} sealed anew`);
  const unreadable = columns.flatMap(({ name, unreadable: rows }) => rows.map((row) => `  ${name} of ${row}`));
  const left = columns.flatMap(({ name, left: keys }) =>
    [...keys].map(([id, count]) => `  "${id}": ${count} in ${name}`),
  );
  return [
    `Sealed with the key "${keyId}" from now on:`,
    ...done,
    ...(unreadable.length > 0
      ? ['These do not open: their key is not among CREDENTIALS_KEYS, or they were changed.', ...unreadable]
      : []),
    ...(left.length > 0
      ? ['Other keys are still needed:', ...left, 'Keep them in CREDENTIALS_KEYS, and run this again.']
      : [
          `No other key is needed for what is stored. Once every replica has "${keyId}" first for ten minutes, run this`,
          'again; if it still says so, take the others out of CREDENTIALS_KEYS.',
        ]),
    '',
  ].join('\n');
}
