import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { rowsOf } from './search.js';

/** What gateways wrote, what they answered, and what their databases held. */
type Kind = 'lines' | 'answers' | 'rows';

/** Whether this run is searched at its end; a proof that runs outside of jest is not. */
export function isSearched(): boolean {
  return process.env['TEST_EVIDENCE'] !== undefined;
}

/** Keeps a text for the search at the end of the run, in a file that is named by the test it comes from. */
export function keepEvidence(kind: Kind, text: string): void {
  const folder = process.env['TEST_EVIDENCE'];
  if (folder === undefined) return;
  const test = process.env['TEST_FILE'] ?? `process-${process.pid}`;
  appendFileSync(join(folder, `${test.replaceAll(/[/\\]/g, '+')}.${kind}`), text);
}

/** Keeps every row of a database, before it is gone. */
export async function keepRows(databaseUrl: string): Promise<void> {
  if (!isSearched()) return;
  const client = new Client({ connectionString: databaseUrl });
  // A database that is full, held or gone has its own test; nothing of it is searched.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`set statement_timeout = '5s'; set lock_timeout = '1s'`);
    const values: string[] = [];
    for await (const { where, text } of rowsOf(client)) values.push(`${where} ${text}\n`);
    keepEvidence('rows', values.join(''));
  } catch {
    keepEvidence('rows', 'could not be read\n');
  } finally {
    await client.end().catch(() => {});
  }
}
