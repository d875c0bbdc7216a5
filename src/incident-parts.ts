import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Portals } from './connections/portals.js';
import { RunIds } from './connections/run-ids.js';
import { ChosenRuns } from './dispatch/chosen-runs.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { longestLifeSeconds } from './dispatch/longest-life.js';
import { SightOfRun } from './dispatch/sight-of-run.js';
import { IncidentStore } from './incidents/incident.store.js';
import { ResolveIncident } from './incidents/resolve-incident.js';
import { ShowIncidents } from './incidents/show-incidents.js';
import { systemClock } from './lib/clock.js';
import { Log } from './lib/log.js';
import { GiveWord } from './processes/give-word.js';
import { Holds } from './processes/hold.js';
import { NotFound } from './processes/process.errors.js';
import { ProcessReader } from './processes/process.reader.js';
import { WordStore } from './processes/word.store.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresIncidentStore } from './storage/incident.store.js';
import { PostgresWordStore } from './storage/word.store.js';

/** What needs a person, and what people say of it. */
export const incidentParts: Provider[] = [
  provide(
    WordStore,
    [Database, Config],
    (database: Database, { reconcileDelays, laneBlockSeconds }: Config) =>
      new PostgresWordStore(database, {
        firstLookMs: (reconcileDelays[0] ?? 0) * 1000,
        laneMs: laneBlockSeconds * 1000,
      }),
  ),
  provide(IncidentStore, [Database], (database: Database) => new PostgresIncidentStore(database)),
  provide(
    GiveWord,
    [WordStore, ProcessReader, Dispatcher, Portals, Config, Log],
    (
      store: WordStore,
      reader: ProcessReader,
      sender: Dispatcher,
      portals: Portals,
      { leaseSeconds }: Config,
      log: Log,
    ) =>
      new GiveWord({
        store,
        reader,
        sender,
        clock: systemClock,
        log,
        lifeSecondsAt: async (key) => {
          const portal = await portals.of(key);
          if (!portal) throw new NotFound(`connection "${key}"`);
          return longestLifeSeconds(portal, leaseSeconds);
        },
      }),
  ),
  provide(ChosenRuns, [Portals, RunIds], (portals: Portals, runIds: RunIds) => new ChosenRuns(portals, runIds)),
  provide(
    ShowIncidents,
    [IncidentStore, ChosenRuns],
    (incidents: IncidentStore, runs: ChosenRuns) => new ShowIncidents(incidents, runs),
  ),
  provide(
    ResolveIncident,
    [IncidentStore, GiveWord, Holds, Portals, Config, Log],
    (incidents: IncidentStore, words: GiveWord, holds: Holds, portals: Portals, { leaseSeconds }: Config, log: Log) => {
      const sight = new SightOfRun(portals);
      return new ResolveIncident({
        incidents,
        words,
        holds,
        log,
        sightOf: (process, nativeId) => sight.of(process, nativeId),
        absenceAt: async (key) => (await portals.of(key))?.kind.absence ?? null,
        longestLifeSeconds: async () =>
          Math.max(leaseSeconds, ...(await portals.all()).map((portal) => longestLifeSeconds(portal, leaseSeconds))),
      });
    },
  ),
];
