import type { DataSource } from 'typeorm';

/**
 * Settings as they are for the sessions of this gateway, e.g. `fsync` → `on`.
 *
 * @param names  those that the server does not have are left out
 */
export async function databaseSettings(
  database: DataSource,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const rows = await database.query<{ name: string; setting: string }[]>(
    'select name, setting from pg_settings where name = any($1)',
    [names],
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}
