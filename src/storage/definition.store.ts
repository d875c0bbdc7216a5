import type { DataSource } from 'typeorm';
import type { CachedDefinition, DefinitionStore } from '../connections/definition.store.js';
import { storableText } from '../lib/storable-text.js';
import type { Definition } from '../platforms/definition.js';

interface DefinitionRow {
  readonly spec: Definition;
  readonly age_ms: number;
}

/** The cache of definitions in Postgres. */
export class PostgresDefinitionStore implements DefinitionStore {
  constructor(private readonly database: DataSource) {}

  async find(connectionKey: string, definition: string): Promise<CachedDefinition | null> {
    const [row] = await this.database.query<DefinitionRow[]>(
      `select spec, extract(epoch from clock_timestamp() - read_at)::float8 * 1000 as age_ms
       from definitions
       where connection = $1 and definition = $2`,
      [connectionKey, definition],
    );
    return row ? { definition: row.spec, ageMs: row.age_ms } : null;
  }

  async remember(connectionKey: string, definitions: readonly Definition[]): Promise<void> {
    // The connection may have been removed while its portal was read; then there is nothing to remember it for.
    await this.database.query(
      `insert into definitions (connection, definition, spec, read_at)
       select $1, spec ->> 'definition', spec, clock_timestamp()
       from jsonb_array_elements($2::jsonb) as spec
       where exists (select from connections where key = $1)
       on conflict (connection, definition) do update
       set spec = excluded.spec, read_at = excluded.read_at`,
      [connectionKey, JSON.stringify(definitions, (_, value: unknown) => storableText(value))],
    );
  }

  async forget(connectionKey: string, definition: string): Promise<void> {
    await this.database.query(
      `delete from definitions
       where connection = $1 and definition = $2`,
      [connectionKey, definition],
    );
  }
}
