import type { DataSource } from 'typeorm';
import { Client } from 'pg';
import { writersOptions } from './session-settings.js';

const oldestVersion = 15;

/** The database cannot be used; the message is a sentence for the person who starts the gateway, without the password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/** A pooler refuses settings that it does not keep for each client; one that is told to ignores them. */
const settingsRefused = '08P01';

/**
 * Makes sure that there is a PostgreSQL at `url` that is new enough, and that it gives sessions of one's own.
 *
 * @throws DatabaseUnusable
 */
export async function requireUsableDatabase(url: string): Promise<void> {
  const { host, pathname } = new URL(url);
  const session = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, options: writersOptions });
  // A session that is cut after it stood says so here, too.
  session.on('error', () => {});
  try {
    await session.connect();
    const { rows } = await session.query<{ number: number; version: string; kept: boolean }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
         current_setting('enable_seqscan') = 'off' as kept`,
    );
    const { number = 0, version = 'unknown', kept = false } = rows[0] ?? {};
    if (!kept) throw lendsSessions(host);
    if (number < oldestVersion * 10_000) {
      throw new DatabaseUnusable(
        `The database at ${host} is PostgreSQL ${version}; the gateway needs ${oldestVersion} or newer.`,
      );
    }
  } catch (error) {
    if (error instanceof DatabaseUnusable) throw error;
    if (error instanceof Error && 'code' in error && error.code === settingsRefused) throw lendsSessions(host, error);
    throw new DatabaseUnusable(`The database ${pathname.slice(1)} at ${host} cannot be used: ${wordsOf(error)}.`, {
      cause: error,
    });
  } finally {
    await session.end().catch(() => {});
  }
}

function lendsSessions(host: string, cause?: unknown): DatabaseUnusable {
  return new DatabaseUnusable(
    `What answers at ${host} keeps no settings of a session, as a transaction pooler does; set DATABASE_DIRECT_URL to the PostgreSQL behind it.`,
    { cause },
  );
}

/** Whether the database answers, however long that takes. */
export async function databaseAnswers(database: DataSource): Promise<boolean> {
  return database.query('select 1').then(
    () => true,
    () => false,
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  return error.message || ('code' in error ? String(error.code) : error.name);
}
