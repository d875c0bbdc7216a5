import type { DataSource } from 'typeorm';
import { keyIdOf } from '../lib/secret-box.js';
import type { SealedColumn, SealedRow } from '../security/rotate-credentials.js';

const atOnce = 500;

interface ColumnTerms {
  readonly table: string;
  readonly column: string;
  /** The primary key, and how it is compared with a text. */
  readonly key: string;
  readonly keyType: 'text' | 'uuid';
  /** The name of the row in its seal, as SQL. */
  readonly row: string;
  /** base64: a text, as rows that travel as JSON have it. */
  readonly form: 'bytes' | 'base64';
}

/** Every column that holds something sealed; what is new is added here, or its key can never be changed. */
const terms: readonly ColumnTerms[] = [
  { table: 'installation', column: 'fingerprint_key_sealed', key: 'id', keyType: 'uuid', row: 'id', form: 'bytes' },
  { table: 'connections', column: 'auth_sealed', key: 'key', keyType: 'text', row: 'key', form: 'bytes' },
  {
    table: 'told_elements',
    column: 'secret_sealed',
    key: 'id',
    keyType: 'uuid',
    row: `portal || ' ' || native_id`,
    form: 'bytes',
  },
  { table: 'processes', column: 'sealed_variables', key: 'id', keyType: 'uuid', row: 'id', form: 'base64' },
  { table: 'operations', column: 'sealed_input', key: 'id', keyType: 'uuid', row: 'id', form: 'base64' },
  { table: 'sealed_answers', column: 'sealed_answer', key: 'id', keyType: 'uuid', row: 'id', form: 'bytes' },
  { table: 'webhooks', column: 'secret_sealed', key: 'id', keyType: 'uuid', row: 'id', form: 'bytes' },
  { table: 'webhooks', column: 'old_secret_sealed', key: 'id', keyType: 'uuid', row: 'id', form: 'bytes' },
];

/** The columns of a database in which everything is sealed. */
export function sealedColumns(database: DataSource): readonly SealedColumn[] {
  return terms.map((one) => new PostgresSealedColumn(database, one));
}

class PostgresSealedColumn implements SealedColumn {
  constructor(
    private readonly database: DataSource,
    private readonly terms: ColumnTerms,
  ) {}

  get name(): string {
    return `${this.terms.table}.${this.terms.column}`;
  }

  async sealedByOthers(keyId: string, after: string | null): Promise<readonly string[]> {
    const { table, column, key, keyType } = this.terms;
    const rows = await this.database.query<{ key: string }[]>(
      `select ${key}::text as key
       from ${table}
       where ${column} is not null
         and ${this.#keyIdColumn} <> $1::bytea
         and ($2::${keyType} is null or ${key} > $2::${keyType})
       order by ${key}
       limit ${atOnce}`,
      [Buffer.from(keyId), after],
    );
    return rows.map((row) => row.key);
  }

  async read(after: string | null): Promise<readonly SealedRow[]> {
    const { table, column, key, keyType, row } = this.terms;
    const rows = await this.database.query<{ key: string; row: string; sealed: Buffer }[]>(
      `select ${key}::text as key, (${row})::text as row, ${this.#bytes} as sealed
       from ${table}
       where ${column} is not null
         and ($1::${keyType} is null or ${key} > $1::${keyType})
       order by ${key}
       limit ${atOnce}`,
      [after],
    );
    return rows.map((one) => ({ key: one.key, place: { table, row: one.row, column }, sealed: one.sealed }));
  }

  async find(key: string): Promise<SealedRow | null> {
    const { table, column, key: keyColumn, keyType, row } = this.terms;
    const [found] = await this.database.query<{ row: string; sealed: Buffer }[]>(
      `select (${row})::text as row, ${this.#bytes} as sealed
       from ${table}
       where ${keyColumn} = $1::${keyType} and ${column} is not null`,
      [key],
    );
    return found ? { key, place: { table, row: found.row, column }, sealed: found.sealed } : null;
  }

  async replace({ key, sealed: before }: SealedRow, sealed: Buffer): Promise<boolean> {
    const { table, column, key: keyColumn, keyType, form } = this.terms;
    const given = (bytes: Buffer): Buffer | string => (form === 'bytes' ? bytes : bytes.toString('base64'));
    const [, count] = await this.database.query<[unknown, number]>(
      `update ${table} set ${column} = $3 where ${keyColumn} = $1::${keyType} and ${column} = $2`,
      [key, given(before), given(sealed)],
    );
    return count === 1;
  }

  async count(): Promise<ReadonlyMap<string, number>> {
    const { table, column } = this.terms;
    const rows = await this.database.query<{ head: Buffer; count: number }[]>(
      `select ${this.#head} as head, count(*)::int as count
       from ${table}
       where ${column} is not null
       group by 1`,
    );
    return new Map(rows.map(({ head, count }) => [keyIdOf(head), count]));
  }

  get #bytes(): string {
    const { column, form } = this.terms;
    return form === 'bytes' ? column : `decode(${column}, 'base64')`;
  }

  /** Its beginning, in which the key's id stands: a value may be large. */
  get #head(): string {
    const { column, form } = this.terms;
    const bytes = form === 'bytes' ? column : `decode(left(${column}, 400), 'base64')`;
    return `substring(${bytes} from 1 for 2 + get_byte(${bytes}, 1))`;
  }

  get #keyIdColumn(): string {
    return `substring(${this.#head} from 3)`;
  }
}
