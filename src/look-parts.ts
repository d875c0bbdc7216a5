import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Portals } from './connections/portals.js';
import { LookRounds } from './dispatch/look-rounds.js';
import { Observer } from './dispatch/observer.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { LookRoundsStore } from './processes/look-rounds.store.js';
import { ProcessReader } from './processes/process.reader.js';
import { ProcessStore } from './processes/process.store.js';
import { ProcessWatch } from './processes/process-watch.js';
import { SealedValues } from './processes/sealed-values.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresLookRoundsStore } from './storage/look-rounds.store.js';

/** Looks at runs: those that are asked for, and all of them in rounds. */
export const lookParts: Provider[] = [
  provide(LookRoundsStore, [Database], (database: Database) => new PostgresLookRoundsStore(database)),
  provide(
    Observer,
    [ProcessStore, ProcessReader, Portals, ProcessWatch, Log, Config, SealedValues],
    (
      store: ProcessStore,
      reader: ProcessReader,
      portals: Portals,
      watch: ProcessWatch,
      log: Log,
      { statusPollSeconds }: Config,
      sealed: SealedValues,
    ) => new Observer({ store, reader, portals, watch, clock: systemClock, log, statusPollSeconds, sealed }),
  ),
  provide(
    LookRounds,
    [Observer, LookRoundsStore, Portals, Log, Config],
    (observer: Observer, store: LookRoundsStore, portals: Portals, log: Log, { statusPollSeconds }: Config) =>
      new LookRounds({ observer, store, portals, log, statusPollSeconds }),
  ),
];
