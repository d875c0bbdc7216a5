import type { Provider } from '@nestjs/common';
import { Definitions } from './connections/definitions.js';
import { Portals } from './connections/portals.js';
import { ListElements } from './dispatch/list-elements.js';
import { ListNativeRuns } from './dispatch/list-native-runs.js';
import { ListSigningProviders } from './dispatch/list-signing-providers.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { AdoptionStore } from './processes/adoption.store.js';
import { AdoptRun } from './processes/adopt-run.js';
import { ProcessReader } from './processes/process.reader.js';
import { SensitiveVariables } from './processes/sensitive-variables.js';
import { TaskRuns } from './processes/task-runs.js';
import { ToldElements } from './processes/told-elements.store.js';
import { provide } from './provide.js';
import { PostgresAdoptionStore } from './storage/adoption.store.js';
import { Database } from './storage/database.js';

/** What is read from portals beside the runs that the gateway started, and their adoption. */
export const nativeRunParts: Provider[] = [
  provide(
    ListElements,
    [ProcessReader, Portals, ToldElements],
    (reader: ProcessReader, portals: Portals, told: ToldElements) => new ListElements(reader, portals, told),
  ),
  provide(ListNativeRuns, [Portals, TaskRuns], (portals: Portals, runs: TaskRuns) => new ListNativeRuns(portals, runs)),
  provide(ListSigningProviders, [Portals], (portals: Portals) => new ListSigningProviders(portals)),
  provide(AdoptionStore, [Database], (database: Database) => new PostgresAdoptionStore(database)),
  provide(
    AdoptRun,
    [AdoptionStore, ProcessReader, Portals, Definitions, ListNativeRuns, Log, SensitiveVariables],
    (
      store: AdoptionStore,
      reader: ProcessReader,
      portals: Portals,
      definitions: Definitions,
      runs: ListNativeRuns,
      log: Log,
      sensitive: SensitiveVariables,
    ) =>
      new AdoptRun({
        store,
        reader,
        portals,
        definitions,
        clock: systemClock,
        log,
        sensitive,
        sightOf: (portal, name) => runs.sightOf(portal, name),
      }),
  ),
];
