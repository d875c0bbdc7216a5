import type { Clock } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import { withoutTexts } from '../processes/hidden.js';
import { NativeIdTaken } from '../processes/lost.store.js';
import type { Process } from '../processes/process.js';
import { StaleRevision } from '../processes/process.store.js';
import type { ProcessWatch } from '../processes/process-watch.js';
import type { KeptReport, ReportStore } from '../processes/report.store.js';
import type { NewReport, Receipt, Reports } from '../processes/reports.js';
import type { Sender } from '../processes/sender.js';
import { settleReport } from './settle-report.js';
import { takesFrom, type TakeOver } from './take-over.js';

export interface ReceiveReportParts {
  readonly store: ReportStore;
  /** The name that the runs of a connection's portal are kept under. */
  readonly portalOf: (connection: string) => Promise<string>;
  /** The values of a process that are shown to nobody, in every form in which its run got them. */
  readonly unseen: (process: Process) => Promise<readonly string[]>;
  readonly takeOver: Pick<TakeOver, 'from'>;
  readonly watch: Pick<ProcessWatch, 'changed'>;
  readonly sender: Pick<Sender, 'unqueued' | 'wake'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told what became of each report. */
  readonly count: (report: NewReport, receipt: Receipt) => void;
}

/** How often a report is decided anew at most, at one time. */
const mostTries = 10;

/** How many that wait are tried in one round. */
const atOnce = 100;

/** Takes what runs tell of themselves: durable first, then with its effect, at once or when its process is known. */
export class ReceiveReport implements Reports {
  constructor(private readonly parts: ReceiveReportParts) {}

  async receive(report: NewReport): Promise<Receipt> {
    const receipt = await this.#received(report);
    this.parts.count(report, receipt);
    this.parts.log.info('report.received', {
      connection: report.connection,
      processId: report.processId,
      nativeId: report.nativeId,
      outcome: report.outcome,
      via: report.via,
      receipt,
    });
    return receipt;
  }

  /** Tries again those that wait for their process. */
  async retry(): Promise<void> {
    for (const report of await this.parts.store.takeDue(atOnce)) {
      const receipt = await this.#tried(report);
      if (receipt === 'applied') {
        this.parts.log.info('report.applied', { connection: report.connection, nativeId: report.nativeId });
      }
    }
  }

  async #received(report: NewReport): Promise<Receipt> {
    const { store, portalOf } = this.parts;
    const kept = await store.keep(report, await portalOf(report.connection));
    return kept ? this.#tried(kept) : 'repeated';
  }

  /** It is durable by now: what fails here is tried again. */
  async #tried(report: KeptReport): Promise<Receipt> {
    try {
      return (await this.#apply(report)) ? 'applied' : 'kept';
    } catch (error) {
      this.parts.log.error('report.failed', { connection: report.connection, reportId: report.id, error });
      return 'kept';
    }
  }

  async #apply(report: KeptReport): Promise<boolean> {
    const { store, takeOver, clock } = this.parts;
    for (let tries = 1; ; tries++) {
      const about = await store.about(report);
      // Every id of ours is on record before anybody can be told it.
      if (!about && report.processId !== null) await store.setAside(report.id);
      if (!about) return false;
      const { process, isOurs, neverSent } = about;
      const shown = await this.#shown(report, process);
      if (neverSent) return this.#contradicted(report, report.nativeId, process.id);
      const change = settleReport(about, shown, clock.now());
      const nativeId = isOurs && report.nativeId !== process.nativeId ? report.nativeId : null;
      try {
        await store.apply({ report: shown, processId: process.id, change, nativeId });
        if (change) this.#tell(process);
        return true;
      } catch (error) {
        if (error instanceof NativeIdTaken && !takesFrom('reconciled_exact', error.holder)) {
          return this.#contradicted(report, error.holder.nativeId, error.holder.processId);
        }
        if (tries === mostTries || !(error instanceof NativeIdTaken || error instanceof StaleRevision)) throw error;
        if (error instanceof NativeIdTaken) await takeOver.from(error.holder);
      }
    }
  }

  /** A run may say what it was given. */
  async #shown(report: KeptReport, process: Process): Promise<KeptReport> {
    if (report.message === null) return report;
    return { ...report, message: withoutTexts(report.message, await this.parts.unseen(process)) };
  }

  /** It names another process's run beyond doubt, or a process that has none: it speaks of neither. */
  async #contradicted(
    { id, connection, processId }: KeptReport,
    nativeId: string | null,
    holder: string,
  ): Promise<false> {
    await this.parts.store.setAside(id);
    this.parts.log.warn('report.contradicts', { connection, processId, nativeId, holder });
    return false;
  }

  #tell(before: Process): void {
    const { watch, sender } = this.parts;
    if (before.state === 'queued') sender.unqueued(before.connection);
    watch.changed(before.id);
    // A stop may have waited for this.
    sender.wake();
  }
}
