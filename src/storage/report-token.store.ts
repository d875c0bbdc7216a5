import type { DataSource } from 'typeorm';
import type { ReportTokenStore } from '../connections/report-token.store.js';

/** Hashes of report tokens in Postgres. */
export class PostgresReportTokenStore implements ReportTokenStore {
  constructor(private readonly database: DataSource) {}

  async replace(connection: string, hash: Buffer): Promise<boolean> {
    const rows = await this.database.query<object[]>(
      `insert into report_tokens (connection, hash)
       select key, $2::bytea from connections where key = $1
       on conflict (connection) do update set hash = excluded.hash, created_at = clock_timestamp()
       returning connection`,
      [connection, hash],
    );
    return rows.length === 1;
  }

  async find(connection: string): Promise<Buffer | null> {
    const [row] = await this.database.query<{ hash: Buffer }[]>(
      'select hash from report_tokens where connection = $1',
      [connection],
    );
    return row?.hash ?? null;
  }
}
