import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import { storableText } from '../lib/storable-text.js';
import { StaleRevision } from '../processes/process.store.js';
import { categoryOf } from '../processes/process-state.js';
import type { Reported, ReportEffect, KeptReport, ReportStore } from '../processes/report.store.js';
import type { NewReport } from '../processes/reports.js';
import { fromColumns, type Row } from './columns.js';
import { requireFreeIds, unlessTaken } from './native-ids.js';
import { json } from './process-json.js';
import { changeRow, numbered, type Delays } from './change-rows.js';
import { processOf } from './process-of-row.js';
import { photograph } from './process-rows.js';
import * as sql from './report.sql.js';

const times = new Set(['receivedAt']);

interface ReportedRow {
  readonly process: Row;
  readonly is_ours: boolean;
  readonly has_run: boolean;
  readonly never_sent: boolean;
}

/** Reports in Postgres; each method is one statement, and so one commit. */
export class PostgresReportStore implements ReportStore {
  constructor(
    private readonly database: DataSource,
    private readonly delays: Delays,
  ) {}

  async keep(report: NewReport, portal: string): Promise<KeptReport | null> {
    const id = uuidv7();
    const message = report.message === null ? null : storableText(report.message);
    const [row] = await this.database.query<{ received_at: Date }[]>(sql.keepReport, [
      id,
      report.connection,
      portal,
      fingerprintOf(report),
      report.processId,
      report.nativeId,
      report.outcome,
      message,
      report.result && json(report.result),
      report.reportId,
      report.via,
    ]);
    return row ? { ...report, message, id, portal, receivedAt: row.received_at } : null;
  }

  async about({ connection, portal, processId, nativeId }: KeptReport): Promise<Reported | null> {
    const [row] = await this.database.query<ReportedRow[]>(sql.reportedProcess, [
      connection,
      portal,
      processId,
      nativeId,
    ]);
    if (!row) return null;
    const { is_ours: isOurs, has_run: hasRun, never_sent: neverSent } = row;
    return { process: processOf(row.process), isOurs, hasRun, neverSent };
  }

  async apply({ report, processId, change: given, nativeId }: ReportEffect): Promise<void> {
    if (!given) {
      await this.database.query(sql.noteReport, [report.id, processId]);
      await this.#hidden(report);
      return;
    }
    const change = numbered(given);
    const { process } = change;
    const shown = photograph(process, { word: 'confirmed', extra: null });
    const category = categoryOf[process.state];
    const [row] = await unlessTaken(this.database, change, () =>
      this.database.query<{ written: number }[]>(sql.applyReport, [
        report.id,
        process.id,
        change.fromRevision,
        changeRow(change, this.delays),
        nativeId,
        category === 'pending' ? null : shown,
        category === 'closed' ? shown : null,
      ]),
    );
    if (row?.written === 1) return this.#hidden(report);
    await requireFreeIds(this.database, change);
    throw new StaleRevision(`Process ${process.id} has changed, or the report has had its effect`);
  }

  /** Once it has had its effect nobody needs what it told of what is shown to nobody. */
  async #hidden({ id, result, message }: KeptReport): Promise<void> {
    if (result !== null || message !== null) await this.database.query(sql.hideReport, [id, message]);
  }

  async setAside(reportId: string): Promise<void> {
    await this.database.query('update reports set due_at = null where id = $1', [reportId]);
  }

  async takeDue(limit: number): Promise<readonly KeptReport[]> {
    const [rows] = await this.database.query<[Row[], number]>(sql.takeDueReports, [limit]);
    return rows.map((row) => fromColumns<KeptReport>(row, times));
  }

  async forget(days: number): Promise<void> {
    await this.database.query(
      'delete from reports where received_at < statement_timestamp() - make_interval(days => $1::int)',
      [days],
    );
  }
}

/**
 * The same for the same report. A sender's id alone would not do: an address with a fixed one in it stands in every step of
 * a template.
 */
function fingerprintOf({ reportId, processId, nativeId, outcome, message, result }: NewReport): Buffer {
  const content = reportId === null ? [message, result] : [];
  const text = JSON.stringify([reportId, processId, nativeId, outcome, ...content]);
  return createHash('sha256').update(text).digest();
}
