import type { Log } from '../lib/log.js';
import type { ReportStore } from '../processes/report.store.js';
import type { ReceiveReport } from './receive-report.js';

const tickMs = 1000;
const hourMs = 3_600_000;

/** How long reports are kept, so that a repeated one is known, and one that came too early finds its process. */
const keptDays = 30;

/** Tries reports again that came before their process was known, and forgets old ones. */
export class ReportRounds {
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #forgotAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly reports: Pick<ReceiveReport, 'retry'>,
    private readonly store: Pick<ReportStore, 'forget'>,
    private readonly log: Log,
  ) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#round ??= this.#once()
        .catch((error: unknown) => this.log.error('report.failed', { error }))
        .finally(() => (this.#round = null));
    }, tickMs);
  }

  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#round;
  }

  async #once(): Promise<void> {
    await this.reports.retry();
    if (performance.now() - this.#forgotAtMs < hourMs) return;
    this.#forgotAtMs = performance.now();
    await this.store.forget(keptDays);
  }
}
