import { keyIdOf, SealBroken, type SecretBox } from '../lib/secret-box.js';
import type { SealedColumn, SealedRow } from './rotate-credentials.js';

/** What one key has sealed. */
interface Sealed {
  opens: number;
  /** By column. */
  readonly broken: Map<string, number>;
}

/**
 * Opens everything that is sealed, and changes nothing.
 *
 * @returns one line on each key that is missing or another one: nothing that it has sealed opens. Where some of it does, the
 *   key is right and the rest is damaged, which whoever rotates is told row by row.
 */
export async function faultsOfKeys(columns: readonly SealedColumn[], box: SecretBox): Promise<readonly string[]> {
  const byKey = new Map<string, Sealed>();
  for (const column of columns) {
    let after: string | null = null;
    do {
      const rows: readonly SealedRow[] = await column.read(after);
      for (const row of rows) judge(row, column.name, { byKey, box });
      after = rows.at(-1)?.key ?? null;
    } while (after !== null);
  }
  return [...byKey].flatMap(([id, { opens, broken }]) =>
    opens === 0 && broken.size > 0 ? [faultOf(id, broken, box)] : [],
  );
}

function judge(
  row: SealedRow,
  column: string,
  { byKey, box }: { readonly byKey: Map<string, Sealed>; readonly box: SecretBox },
): void {
  const id = keyIdOf(row.sealed);
  const sealed = byKey.get(id) ?? { opens: 0, broken: new Map<string, number>() };
  byKey.set(id, sealed);
  try {
    box.open(row.sealed, row.place);
    sealed.opens += 1;
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    sealed.broken.set(column, (sealed.broken.get(column) ?? 0) + 1);
  }
}

function faultOf(id: string, broken: ReadonlyMap<string, number>, box: SecretBox): string {
  const counts = [...broken].map(([column, count]) => `${count} in ${column}`).join(', ');
  return box.knows(id)
    ? `The key "${id}" in CREDENTIALS_KEYS is not the one that sealed what stands under its name: ${counts}.`
    : `CREDENTIALS_KEYS lacks the key "${id}", which is still needed: ${counts}.`;
}
