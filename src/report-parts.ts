import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import { CorrelationKits } from './connections/correlation-kits.js';
import { Portals } from './connections/portals.js';
import { ReportTokenStore } from './connections/report-token.store.js';
import { ReportTokens } from './connections/report-tokens.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { ReceiveReport } from './dispatch/receive-report.js';
import { ReportRounds } from './dispatch/report-rounds.js';
import { TakeOver } from './dispatch/take-over.js';
import { valuesOf } from './dispatch/withheld.js';
import { PublicUrl } from './http/public-url.js';
import { systemClock } from './lib/clock.js';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { ReportCounts } from './observability/report-counts.js';
import { ProcessWatch } from './processes/process-watch.js';
import { ReportStore } from './processes/report.store.js';
import { Reports } from './processes/reports.js';
import { SealedValues } from './processes/sealed-values.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresReportStore } from './storage/report.store.js';
import { PostgresReportTokenStore } from './storage/report-token.store.js';

/** What runs tell of themselves: its proof, its way to the process, and the steps at portals that tell it. */
export const reportParts: Provider[] = [
  provide(ReportTokenStore, [Database], (database: Database) => new PostgresReportTokenStore(database)),
  provide(ReportTokens, [ReportTokenStore, Log], (store: ReportTokenStore, log: Log) => new ReportTokens(store, log)),
  provide(
    CorrelationKits,
    [Portals, PublicUrl],
    (portals: Portals, url: PublicUrl) =>
      new CorrelationKits(portals, (platform, connection) => url.of(`/v1/inbound/${platform}/${connection}`)),
  ),
  provide(
    ReportStore,
    [Database, Config],
    (database: Database, { reconcileDelays, laneBlockSeconds }: Config) =>
      new PostgresReportStore(database, {
        firstLookMs: (reconcileDelays[0] ?? 0) * 1000,
        laneMs: laneBlockSeconds * 1000,
      }),
  ),
  provide(ReportCounts, [], () => new ReportCounts()),
  provide(
    ReceiveReport,
    [ReportStore, Portals, SealedValues, TakeOver, ProcessWatch, Dispatcher, ReportCounts, Log],
    (
      store: ReportStore,
      portals: Portals,
      sealed: SealedValues,
      takeOver: TakeOver,
      watch: ProcessWatch,
      sender: Dispatcher,
      counts: ReportCounts,
      log: Log,
    ) =>
      new ReceiveReport({
        store,
        portalOf: async (connection) => (await portals.of(connection))?.connection.portal ?? '',
        unseen: async (process) =>
          valuesOf(process, sealed.orderOf(process), (await portals.of(process.connection))?.platform ?? null),
        takeOver,
        watch,
        sender,
        clock: systemClock,
        log,
        count: ({ outcome }, receipt) => counts.count(outcome, receipt),
      }),
  ),
  { provide: Reports, useExisting: ReceiveReport },
  provide(
    ReportRounds,
    [ReceiveReport, ReportStore, Log],
    (reports: ReceiveReport, store: ReportStore, log: Log) => new ReportRounds(reports, store, log),
  ),
];

/** Starts what tries reports again. */
export function beginReports(app: INestApplicationContext, closing: Closing): void {
  const rounds = app.get(ReportRounds);
  rounds.begin();
  closing.add('reports', () => rounds.end());
}
