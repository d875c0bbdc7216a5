import type { DataSource } from 'typeorm';
import type { ReportTokenStore } from '../connections/report-token.store.js';

/** Hashes of report tokens in Postgres. */
export class PostgresReportTokenStore implements ReportTokenStore {
  constructor(private readonly database: DataSource) {}

  async replace(connection: string, hash: Buffer): Promise<boolean> {
    const [, count] = await this.database.query<[object[], number]>(
      'update connections set report_token_hash = $2 where key = $1',
      [connection, hash],
    );
    return count === 1;
  }

  async find(connection: string): Promise<Buffer | null> {
    const [row] = await this.database.query<{ report_token_hash: Buffer | null }[]>(
      'select report_token_hash from connections where key = $1',
      [connection],
    );
    return row?.report_token_hash ?? null;
  }
}
