import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Definitions } from './connections/definitions.js';
import { Portals } from './connections/portals.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { Observer } from './dispatch/observer.js';
import { WaitingReasons } from './dispatch/waiting-reasons.js';
import { termsOf } from './dispatch/longest-life.js';
import { CommandAnswers } from './http/command-answers.js';
import { Fingerprints } from './http/fingerprints.js';
import { ProcessDesk } from './http/process-desk.js';
import { PublicUrl } from './http/public-url.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { AcceptStart } from './processes/accept-start.js';
import { CommandDesk } from './processes/command-desk.js';
import { CompleteElement } from './processes/complete-element.js';
import { Holds } from './processes/hold.js';
import { LostStore } from './processes/lost.store.js';
import { Outcomes } from './processes/outcomes.js';
import { ProcessReader } from './processes/process.reader.js';
import { ProcessStore } from './processes/process.store.js';
import { ProcessWatch, WatchedProcesses } from './processes/process-watch.js';
import { RetryProcess } from './processes/retry-process.js';
import { SealedValues } from './processes/sealed-values.js';
import { SensitiveVariables } from './processes/sensitive-variables.js';
import { StartProcess } from './processes/start-process.js';
import { StopProcess } from './processes/stop-process.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresLostStore } from './storage/lost.store.js';
import type { Delays } from './storage/change-rows.js';
import { PostgresProcessReader } from './storage/process.reader.js';
import { PostgresProcessStore } from './storage/process.store.js';
import { PostgresWatchedProcesses } from './storage/watched-processes.js';

/** The heart: from the command to the record, and what callers see of it. */
export const processParts: Provider[] = [
  provide(
    ProcessStore,
    [Database, Config],
    (database: Database, config: Config) => new PostgresProcessStore(database, config.leaseSeconds, delaysOf(config)),
  ),
  provide(
    LostStore,
    [Database, Config],
    (database: Database, config: Config) => new PostgresLostStore(database, config.leaseSeconds, delaysOf(config)),
  ),
  provide(ProcessReader, [Database], (database: Database) => new PostgresProcessReader(database)),
  provide(
    WatchedProcesses,
    [Database, ProcessReader],
    (database: Database, reader: ProcessReader) => new PostgresWatchedProcesses(database, reader),
  ),
  provide(
    ProcessWatch,
    [WatchedProcesses, Log],
    (processes: WatchedProcesses, log: Log) => new ProcessWatch(processes, log),
  ),
  provide(
    Outcomes,
    [ProcessReader, ProcessWatch],
    (reader: ProcessReader, watch: ProcessWatch) => new Outcomes(reader, watch),
  ),
  provide(
    AcceptStart,
    [ProcessStore, Dispatcher, Config],
    (store: ProcessStore, sender: Dispatcher, { leaseSeconds }: Config) =>
      new AcceptStart(store, sender, (portal, process) => termsOf(portal, process, leaseSeconds)),
  ),
  provide(
    StartProcess,
    [AcceptStart, ProcessReader, Portals, Definitions, SensitiveVariables, SealedValues],
    (
      acceptance: AcceptStart,
      reader: ProcessReader,
      portals: Portals,
      definitions: Definitions,
      sensitive: SensitiveVariables,
      sealed: SealedValues,
    ) => new StartProcess({ acceptance, reader, portals, definitions, clock: systemClock, sensitive, sealed }),
  ),
  provide(
    CommandDesk,
    [ProcessStore, ProcessReader, Dispatcher, SealedValues],
    (store: ProcessStore, reader: ProcessReader, sender: Dispatcher, sealed: SealedValues) =>
      new CommandDesk(store, reader, sender, systemClock, sealed),
  ),
  provide(
    StopProcess,
    [CommandDesk, ProcessReader, Portals, Holds],
    (desk: CommandDesk, reader: ProcessReader, portals: Portals, holds: Holds) =>
      new StopProcess(desk, reader, portals, holds, systemClock),
  ),
  provide(
    RetryProcess,
    [ProcessReader, Portals, StartProcess, SealedValues],
    (reader: ProcessReader, portals: Portals, starts: StartProcess, sealed: SealedValues) =>
      new RetryProcess(reader, portals, starts, sealed),
  ),
  provide(
    CompleteElement,
    [CommandDesk, ProcessReader, Portals],
    (desk: CommandDesk, reader: ProcessReader, portals: Portals) => new CompleteElement(desk, reader, portals),
  ),
  provide(
    ProcessDesk,
    [ProcessReader, Outcomes, PublicUrl, Config, Observer, WaitingReasons, Fingerprints],
    (
      reader: ProcessReader,
      outcomes: Outcomes,
      url: PublicUrl,
      config: Config,
      observer: Observer,
      reasons: WaitingReasons,
      fingerprints: Fingerprints,
    ) =>
      new ProcessDesk({
        reader,
        answers: new CommandAnswers(outcomes, reader),
        url,
        defaultWaitSeconds: config.defaultWaitSeconds,
        idempotencyDays: config.idempotencyDays,
        fingerprints,
        refresh: (process) => observer.refresh(process),
        waiting: (process) => reasons.shown(process),
      }),
  ),
];

function delaysOf({ reconcileDelays, laneBlockSeconds }: Config): Delays {
  return { firstLookMs: (reconcileDelays[0] ?? 0) * 1000, laneMs: laneBlockSeconds * 1000 };
}
