import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Portals } from './connections/portals.js';
import { RunIds } from './connections/run-ids.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LateAnswers } from './dispatch/late-answer.js';
import { Gate } from './dispatch/gate.js';
import { LimitsWatch } from './dispatch/limits-watch.js';
import { Observer } from './dispatch/observer.js';
import { Reconciler } from './dispatch/reconciler.js';
import { QueueDepths } from './dispatch/queue-depths.js';
import { SendOperation } from './dispatch/send-operation.js';
import { SettleLost } from './dispatch/settle-lost.js';
import { StartCosts } from './dispatch/start-costs.js';
import { StuckStops } from './dispatch/stuck-stops.js';
import { TakeOver } from './dispatch/take-over.js';
import { WaitingReasons } from './dispatch/waiting-reasons.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { Holds } from './processes/hold.js';
import { LostStore } from './processes/lost.store.js';
import type { Intended } from './processes/operation.js';
import { Outcomes } from './processes/outcomes.js';
import { ProcessReader } from './processes/process.reader.js';
import { ProcessStore } from './processes/process.store.js';
import { SealedValues } from './processes/sealed-values.js';
import { ToldElements } from './processes/told-elements.store.js';
import { provide } from './provide.js';
import { WakeUp } from './storage/wake-up.js';

/** The engine: the dispatcher, the verdict, and later looks. */
export const engineParts: Provider[] = [
  { provide: StartCosts, useClass: StartCosts },
  provide(
    TakeOver,
    [LostStore, ProcessReader],
    (store: LostStore, reader: ProcessReader) => new TakeOver(store, reader, systemClock),
  ),
  provide(
    SendOperation,
    [
      ProcessStore,
      ProcessReader,
      Portals,
      Outcomes,
      Log,
      Config,
      Observer,
      RunIds,
      TakeOver,
      LimitsWatch,
      QueueDepths,
      StartCosts,
      SealedValues,
    ],
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
      depths: QueueDepths,
      costs: StartCosts,
      sealed: SealedValues,
    ) =>
      new SendOperation({
        sealed,
        store,
        reader,
        portals,
        outcomes,
        runIds,
        takeOver,
        depths,
        clock: systemClock,
        log,
        leaseSeconds,
        lookSoon: (process) => observer.lookSoon(process),
        attempted: (portal, verdict) => watch.attempted(portal, verdict),
        took: (starts, ms, began) => costs.measured(starts.map(costOf), ms, began),
      }),
  ),
  provide(
    Dispatcher,
    [ProcessStore, Portals, SendOperation, Config, Log, Gate, QueueDepths, StartCosts, RunIds, WakeUp, SealedValues],
    (
      store: ProcessStore,
      portals: Portals,
      sending: SendOperation,
      { leaseSeconds }: Config,
      log: Log,
      gate: Gate,
      depths: QueueDepths,
      costs: StartCosts,
      runIds: RunIds,
      wakeUp: WakeUp,
      sealed: SealedValues,
    ) =>
      new Dispatcher({
        orderOf: (process) => sealed.orderOf(process),
        store,
        portals,
        sending,
        gate,
        depths,
        costs,
        runIds,
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
    [ProcessStore, LostStore, ProcessReader, TakeOver, Outcomes, QueueDepths, RunIds, Log],
    (
      store: ProcessStore,
      lost: LostStore,
      reader: ProcessReader,
      takeOver: TakeOver,
      outcomes: Outcomes,
      depths: QueueDepths,
      runIds: RunIds,
      log: Log,
    ) => new LateAnswers({ store, lost, reader, takeOver, outcomes, depths, runIds, clock: systemClock, log }),
  ),
  provide(
    StuckStops,
    [ProcessStore, LostStore, Log],
    (store: ProcessStore, lost: LostStore, log: Log) => new StuckStops(store, lost, log),
  ),
  provide(
    Reconciler,
    [LostStore, Portals, RunIds, SettleLost, LateAnswers, StuckStops, Config, Log, ToldElements, SealedValues],
    (
      store: LostStore,
      portals: Portals,
      runIds: RunIds,
      settle: SettleLost,
      lateAnswers: LateAnswers,
      stuckStops: StuckStops,
      { leaseSeconds }: Config,
      log: Log,
      told: ToldElements,
      sealed: SealedValues,
    ) =>
      new Reconciler({
        store,
        portals,
        runIds,
        settle,
        told,
        lateAnswers,
        stuckStops,
        leaseSeconds,
        log,
        orderOf: (process) => sealed.orderOf(process),
      }),
  ),
  provide(
    WaitingReasons,
    [Holds, Portals, LostStore, Gate],
    (holds: Holds, portals: Portals, lost: LostStore, gate: Gate) =>
      new WaitingReasons({ holds, portals, lost, gate, clock: systemClock }),
  ),
];

function costOf({ operation, process }: Intended): { readonly connection: string; readonly definition: string } {
  return { connection: operation.connection, definition: process.definition };
}
