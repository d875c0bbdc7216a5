import type { Change } from './change.js';
import type { Process } from './process.js';
import type { NewReport } from './reports.js';

/** A report that is durable. */
export interface KeptReport extends NewReport {
  readonly id: string;
  /** The name that the runs of the connection's portal are kept under. */
  readonly portal: string;
  readonly receivedAt: Date;
}

/** The process that a report is about. */
export interface Reported {
  readonly process: Process;
  /**
   * The report knows our id, or the run has the id that we chose: then its native id is this process's beyond doubt.
   * False: it was found by a native id that this process has already.
   */
  readonly isOurs: boolean;
  /** The native id that it names is this process's already, of its run or of a second one. */
  readonly hasRun: boolean;
  /** Nothing of it was ever sent, so no run can speak of it. */
  readonly neverSent: boolean;
}

/** A report with all that follows from it, for one commit. */
export interface ReportEffect {
  readonly report: KeptReport;
  readonly processId: string;
  /** `null`: it tells nothing new. */
  readonly change: Change | null;
  /** What it says of the run that an attempt of unknown outcome made; `null`: nothing. */
  readonly nativeId: string | null;
}

/** Reports, from their arrival to their effect. */
export interface ReportStore {
  /**
   * Makes it durable. `null`: it is known already.
   *
   * @param portal  the name that the runs of the connection's portal are kept under
   */
  keep(report: NewReport, portal: string): Promise<KeptReport | null>;
  /** The process of its own connection that a report is about; `null`: none is known so far. */
  about(report: KeptReport): Promise<Reported | null>;
  /**
   * Writes what follows, unless it is written already. Whoever works on the start of a process that ran has lost it;
   * an attempt that is out still has its own verdict.
   *
   * @throws StaleRevision, NativeIdTaken: nothing is written
   */
  apply(effect: ReportEffect): Promise<void>;
  /** Looks for its process no more. */
  setAside(reportId: string): Promise<void>;
  /** Takes reports that have had no effect so far and are due to be tried; they are due again after a quarter of their age. */
  takeDue(limit: number): Promise<readonly KeptReport[]>;
  /** Forgets what came so many days ago. */
  forget(days: number): Promise<void>;
}
export const ReportStore = Symbol('ReportStore');
