import type { INestApplicationContext, Provider } from '@nestjs/common';
import { PortalFigures } from './connections/portal-figures.js';
import { Portals } from './connections/portals.js';
import { Breakers } from './dispatch/breakers.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { Gate } from './dispatch/gate.js';
import { LimitsWatch } from './dispatch/limits-watch.js';
import { MethodLimits } from './dispatch/method-limits.js';
import { PortalBudgets } from './dispatch/portal-budgets.js';
import { MeasuredPortals } from './dispatch/measured-portals.js';
import { QueueDepths } from './dispatch/queue-depths.js';
import { systemClock } from './lib/clock.js';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresMethodUseStore } from './storage/method-use.store.js';
import { PostgresBudgetStore } from './storage/portal-budget.store.js';
import { PostgresQueueDepthStore } from './storage/queue-depth.store.js';
import { WakeUp } from './storage/wake-up.js';

/** How far a portal may be used, and whether it is worth an attempt. */
export const limitParts: Provider[] = [
  provide(
    PortalBudgets,
    [Database],
    (database: Database) => new PortalBudgets({ store: new PostgresBudgetStore(database), clock: systemClock, now }),
  ),
  provide(
    MethodLimits,
    [Database, Log],
    (database: Database, log: Log) =>
      new MethodLimits({ store: new PostgresMethodUseStore(database), clock: systemClock, log }),
  ),
  provide(Breakers, [Log], (log: Log) => new Breakers({ clock: systemClock, log, now })),
  provide(
    QueueDepths,
    [Database, Log],
    (database: Database, log: Log) => new QueueDepths({ store: new PostgresQueueDepthStore(database), log, now }),
  ),
  provide(
    Gate,
    [PortalBudgets, MethodLimits, Breakers, QueueDepths],
    (budgets: PortalBudgets, methods: MethodLimits, breakers: Breakers, depths: QueueDepths) =>
      new Gate({ budgets, methods, breakers, depths, clock: systemClock }),
  ),
  provide(
    LimitsWatch,
    [PortalBudgets, MethodLimits, Breakers, Log],
    (budgets: PortalBudgets, methods: MethodLimits, breakers: Breakers, log: Log) =>
      new LimitsWatch({ budgets, methods, breakers, log }),
  ),
  provide(
    MeasuredPortals,
    [PortalBudgets, MethodLimits, Breakers, QueueDepths, Database],
    (budgets: PortalBudgets, methods: MethodLimits, breakers: Breakers, depths: QueueDepths, database: Database) =>
      new MeasuredPortals({ budgets, methods, breakers, depths, store: new PostgresQueueDepthStore(database) }),
  ),
  { provide: PortalFigures, useExisting: MeasuredPortals },
];

/** Starts what shares limits among replicas, and what wakes them. */
export function beginLimits(app: INestApplicationContext, closing: Closing): void {
  const [methods, breakers, depths] = [app.get(MethodLimits), app.get(Breakers), app.get(QueueDepths)];
  const wakeUp = app.get(WakeUp);
  const dispatcher = app.get(Dispatcher);
  methods.begin();
  closing.add('method-limits', () => methods.end());
  depths.begin();
  closing.add('queue-depths', () => depths.end());
  breakers.begin(app.get(Portals), () => dispatcher.claimSoon());
  closing.add('breakers', () => breakers.end());
  wakeUp.on('due', () => dispatcher.claimSoon());
  wakeUp.begin();
  closing.add('wake-up', () => wakeUp.end());
}

/** Milliseconds of a clock that only goes forward. */
function now(): number {
  return performance.now();
}
