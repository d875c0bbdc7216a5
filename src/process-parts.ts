import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Definitions } from './connections/definitions.js';
import { Portals } from './connections/portals.js';
import { RunIds } from './connections/run-ids.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LateAnswers } from './dispatch/late-answer.js';
import { Gate } from './dispatch/gate.js';
import { LimitsWatch } from './dispatch/limits-watch.js';
import { ListElements } from './dispatch/list-elements.js';
import { Observer } from './dispatch/observer.js';
import { Reconciler } from './dispatch/reconciler.js';
import { QueueDepths } from './dispatch/queue-depths.js';
import { SendOperation } from './dispatch/send-operation.js';
import { SettleLost } from './dispatch/settle-lost.js';
import { StuckStops } from './dispatch/stuck-stops.js';
import { TakeOver } from './dispatch/take-over.js';
import { WaitingReasons } from './dispatch/waiting-reasons.js';
import { CommandAnswers } from './http/command-answers.js';
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
import { ProcessReader, ProcessStore } from './processes/process.store.js';
import { ProcessWatch, WatchedProcesses } from './processes/process-watch.js';
import { RetryProcess } from './processes/retry-process.js';
import { StartProcess } from './processes/start-process.js';
import { StopProcess } from './processes/stop-process.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresLostStore } from './storage/lost.store.js';
import type { Delays } from './storage/process-rows.js';
import { PostgresProcessReader } from './storage/process.reader.js';
import { PostgresProcessStore } from './storage/process.store.js';
import { WakeUp } from './storage/wake-up.js';
import { PostgresWatchedProcesses } from './storage/watched-processes.js';

/** The heart and the engine: from the command to the record, the dispatcher, the verdict and later looks. */
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
    (reader: ProcessReader, watch: ProcessWatch) => new Outcomes(reader, (processId) => watch.changed(processId)),
  ),
  provide(
    Observer,
    [ProcessStore, ProcessReader, Portals, ProcessWatch, Log, Config],
    (
      store: ProcessStore,
      reader: ProcessReader,
      portals: Portals,
      watch: ProcessWatch,
      log: Log,
      { statusPollSeconds }: Config,
    ) => new Observer({ store, reader, portals, watch, clock: systemClock, log, statusPollSeconds }),
  ),
  provide(
    TakeOver,
    [LostStore, ProcessReader],
    (store: LostStore, reader: ProcessReader) => new TakeOver(store, reader, systemClock),
  ),
  provide(
    SendOperation,
    [ProcessStore, ProcessReader, Portals, Outcomes, Log, Config, Observer, RunIds, TakeOver, LimitsWatch],
    (
      store: ProcessStore,
      reader: ProcessReader,
      portals: Portals,
      outcomes: Outcomes,
      log: Log,
      { leaseSeconds }: Config,
      observer: Observer,
      runIds: RunIds,
      takeOver: TakeOver,
      watch: LimitsWatch,
    ) =>
      new SendOperation({
        store,
        reader,
        portals,
        outcomes,
        runIds,
        takeOver,
        clock: systemClock,
        log,
        leaseSeconds,
        lookSoon: (process) => observer.lookSoon(process),
        attempted: (portal, verdict) => watch.attempted(portal, verdict),
      }),
  ),
  provide(
    Dispatcher,
    [ProcessStore, Portals, SendOperation, Config, Log, Gate, QueueDepths, WakeUp],
    (
      store: ProcessStore,
      portals: Portals,
      sending: SendOperation,
      { leaseSeconds }: Config,
      log: Log,
      gate: Gate,
      depths: QueueDepths,
      wakeUp: WakeUp,
    ) =>
      new Dispatcher({
        store,
        portals,
        sending,
        gate,
        depths,
        leaseSeconds,
        log,
        tellOthers: () => wakeUp.tell('due'),
      }),
  ),
  provide(
    SettleLost,
    [LostStore, ProcessReader, Dispatcher, TakeOver, Outcomes, Config, Log],
    (
      store: LostStore,
      reader: ProcessReader,
      sender: Dispatcher,
      takeOver: TakeOver,
      outcomes: Outcomes,
      { reconcileDelays }: Config,
      log: Log,
    ) => new SettleLost({ store, reader, sender, takeOver, outcomes, reconcileDelays, clock: systemClock, log }),
  ),
  provide(
    LateAnswers,
    [ProcessStore, LostStore, ProcessReader, TakeOver, Outcomes, Log],
    (store: ProcessStore, lost: LostStore, reader: ProcessReader, takeOver: TakeOver, outcomes: Outcomes, log: Log) =>
      new LateAnswers({ store, lost, reader, takeOver, outcomes, clock: systemClock, log }),
  ),
  provide(
    StuckStops,
    [ProcessStore, ProcessReader, Log],
    (store: ProcessStore, reader: ProcessReader, log: Log) => new StuckStops(store, reader, log),
  ),
  provide(
    Reconciler,
    [LostStore, ProcessReader, Portals, RunIds, SettleLost, LateAnswers, StuckStops, Config, Log],
    (
      store: LostStore,
      reader: ProcessReader,
      portals: Portals,
      runIds: RunIds,
      settle: SettleLost,
      lateAnswers: LateAnswers,
      stuckStops: StuckStops,
      { leaseSeconds }: Config,
      log: Log,
    ) => new Reconciler({ store, reader, portals, runIds, settle, lateAnswers, stuckStops, leaseSeconds, log }),
  ),
  provide(
    AcceptStart,
    [ProcessStore, Dispatcher],
    (store: ProcessStore, sender: Dispatcher) => new AcceptStart(store, sender),
  ),
  provide(
    StartProcess,
    [AcceptStart, ProcessReader, Portals, Definitions],
    (acceptance: AcceptStart, reader: ProcessReader, portals: Portals, definitions: Definitions) =>
      new StartProcess(acceptance, reader, portals, definitions, systemClock),
  ),
  provide(
    CommandDesk,
    [ProcessStore, ProcessReader, Dispatcher],
    (store: ProcessStore, reader: ProcessReader, sender: Dispatcher) =>
      new CommandDesk(store, reader, sender, systemClock),
  ),
  provide(
    StopProcess,
    [CommandDesk, ProcessReader, Portals, Holds],
    (desk: CommandDesk, reader: ProcessReader, portals: Portals, holds: Holds) =>
      new StopProcess(desk, reader, portals, holds, systemClock),
  ),
  provide(
    RetryProcess,
    [ProcessReader, Portals, StartProcess],
    (reader: ProcessReader, portals: Portals, starts: StartProcess) => new RetryProcess(reader, portals, starts),
  ),
  provide(
    CompleteElement,
    [CommandDesk, ProcessReader, Portals],
    (desk: CommandDesk, reader: ProcessReader, portals: Portals) => new CompleteElement(desk, reader, portals),
  ),
  provide(
    ListElements,
    [ProcessReader, Portals],
    (reader: ProcessReader, portals: Portals) => new ListElements(reader, portals),
  ),
  provide(
    WaitingReasons,
    [Holds, Portals, ProcessReader, Gate],
    (holds: Holds, portals: Portals, reader: ProcessReader, gate: Gate) =>
      new WaitingReasons({ holds, portals, reader, gate, clock: systemClock }),
  ),
  provide(
    ProcessDesk,
    [ProcessReader, Outcomes, PublicUrl, Config, Observer, WaitingReasons],
    (
      reader: ProcessReader,
      outcomes: Outcomes,
      url: PublicUrl,
      config: Config,
      observer: Observer,
      reasons: WaitingReasons,
    ) =>
      new ProcessDesk({
        reader,
        answers: new CommandAnswers(outcomes, reader),
        url,
        defaultWaitSeconds: config.defaultWaitSeconds,
        idempotencyDays: config.idempotencyDays,
        refresh: (process) => observer.refresh(process),
        waiting: (process) => reasons.shown(process),
      }),
  ),
];

function delaysOf({ reconcileDelays, laneBlockSeconds }: Config): Delays {
  return { firstLookMs: (reconcileDelays[0] ?? 0) * 1000, laneMs: laneBlockSeconds * 1000 };
}
