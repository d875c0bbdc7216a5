import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Definitions } from './connections/definitions.js';
import { Portals } from './connections/portals.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { ListElements } from './dispatch/list-elements.js';
import { Observer } from './dispatch/observer.js';
import { SendOperation } from './dispatch/send-operation.js';
import { CommandAnswers } from './http/command-answers.js';
import { ProcessDesk } from './http/process-desk.js';
import { PublicUrl } from './http/public-url.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { CommandDesk } from './processes/command-desk.js';
import { CompleteElement } from './processes/complete-element.js';
import { Outcomes } from './processes/outcomes.js';
import { ProcessReader, ProcessStore } from './processes/process.store.js';
import { ProcessWatch, WatchedProcesses } from './processes/process-watch.js';
import { RetryProcess } from './processes/retry-process.js';
import { StartProcess } from './processes/start-process.js';
import { StopProcess } from './processes/stop-process.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresProcessReader } from './storage/process.reader.js';
import { PostgresProcessStore } from './storage/process.store.js';
import { PostgresWatchedProcesses } from './storage/watched-processes.js';

/** The heart and the engine: from the command to the record, the dispatcher, the verdict and later looks. */
export const processParts: Provider[] = [
  provide(
    ProcessStore,
    [Database, Config],
    (database: Database, { leaseSeconds }: Config) => new PostgresProcessStore(database, leaseSeconds),
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
  provide(Outcomes, [ProcessReader], (reader: ProcessReader) => new Outcomes(reader)),
  provide(
    Observer,
    [ProcessStore, ProcessReader, Portals, Log, Config],
    (store: ProcessStore, reader: ProcessReader, portals: Portals, log: Log, { statusPollSeconds }: Config) =>
      new Observer(store, reader, portals, systemClock, log, statusPollSeconds),
  ),
  provide(
    SendOperation,
    [ProcessStore, ProcessReader, Portals, Outcomes, Log, Config, Observer],
    (
      store: ProcessStore,
      reader: ProcessReader,
      portals: Portals,
      outcomes: Outcomes,
      log: Log,
      { leaseSeconds }: Config,
      observer: Observer,
    ) =>
      new SendOperation({
        store,
        reader,
        portals,
        outcomes,
        clock: systemClock,
        log,
        leaseSeconds,
        lookSoon: (process) => observer.lookSoon(process),
      }),
  ),
  provide(
    Dispatcher,
    [ProcessStore, Portals, SendOperation, Config, Log],
    (store: ProcessStore, portals: Portals, sending: SendOperation, { leaseSeconds }: Config, log: Log) =>
      new Dispatcher(store, portals, sending, leaseSeconds, log),
  ),
  provide(
    StartProcess,
    [ProcessStore, ProcessReader, Portals, Definitions, Dispatcher],
    (store: ProcessStore, reader: ProcessReader, portals: Portals, definitions: Definitions, sender: Dispatcher) =>
      new StartProcess(store, reader, portals, definitions, sender, systemClock),
  ),
  provide(
    CommandDesk,
    [ProcessStore, ProcessReader, Dispatcher],
    (store: ProcessStore, reader: ProcessReader, sender: Dispatcher) =>
      new CommandDesk(store, reader, sender, systemClock),
  ),
  provide(
    StopProcess,
    [CommandDesk, ProcessReader, Portals],
    (desk: CommandDesk, reader: ProcessReader, portals: Portals) => new StopProcess(desk, reader, portals, systemClock),
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
    ProcessDesk,
    [ProcessReader, Outcomes, PublicUrl, Config, Observer],
    (reader: ProcessReader, outcomes: Outcomes, url: PublicUrl, config: Config, observer: Observer) =>
      new ProcessDesk({
        reader,
        answers: new CommandAnswers(outcomes, reader),
        url,
        defaultWaitSeconds: config.defaultWaitSeconds,
        idempotencyDays: config.idempotencyDays,
        refresh: (process) => observer.refresh(process),
      }),
  ),
];
