import type { JsonObject } from '../lib/json.js';

/** How far a run says that it has come. */
export const reportOutcomes = ['started', 'completed', 'failed'] as const;
export type ReportOutcome = (typeof reportOutcomes)[number];

/** What a run tells of itself. Whether its sender may was asked before. */
export interface NewReport {
  readonly connection: string;
  /** Ours, where the run was told it; `null`: not said. */
  readonly processId: string | null;
  /** The platform's; `null`: not said. One of the two is given. */
  readonly nativeId: string | null;
  readonly outcome: ReportOutcome;
  readonly message: string | null;
  readonly result: JsonObject | null;
  /** The sender's own name for this report; `null`: the same content is the same report. */
  readonly reportId: string | null;
  /** token: on the report route; callback: by a registered part of the correlation kit. */
  readonly via: 'token' | 'callback';
}

/** applied: it had its effect; repeated: it was known; kept: no process is known yet that it could be about. */
export type Receipt = 'applied' | 'repeated' | 'kept';

/** Where reports go, whoever brought them. */
export interface Reports {
  /** Durable when it resolves, once, and with its effect where its process is known by then. */
  receive(report: NewReport): Promise<Receipt>;
}
export const Reports = Symbol('Reports');
