import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { Config } from './config.js';
import { CachedDefinitions } from './connections/cached-definitions.js';
import { ConnectionStore } from './connections/connection.store.js';
import { Connections } from './connections/connections.js';
import { DefinitionStore } from './connections/definition.store.js';
import { FollowMoves } from './connections/follow-moves.js';
import { Definitions } from './connections/definitions.js';
import { OpenPortals } from './connections/open-portals.js';
import { PortalOpener } from './connections/portal-opener.js';
import { Portals } from './connections/portals.js';
import { RunIds } from './connections/run-ids.js';
import { RunIdsStore } from './connections/run-ids.store.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LimitsWatch } from './dispatch/limits-watch.js';
import { meteredExchange } from './dispatch/metered-exchange.js';
import { MethodLimits } from './dispatch/method-limits.js';
import { Observer } from './dispatch/observer.js';
import { PortalBudgets } from './dispatch/portal-budgets.js';
import { Reconciler } from './dispatch/reconciler.js';
import { AdoptionController } from './http/adoption.controller.js';
import { CallbacksController } from './http/callbacks.controller.js';
import { ElementsController } from './http/elements.controller.js';
import { CloseProcessController } from './http/close-process.controller.js';
import { HistoryController } from './http/history.controller.js';
import { IdempotencyKeysController } from './http/idempotency-keys.controller.js';
import { IncidentsController } from './http/incidents.controller.js';
import { NativeRunsController } from './http/native-runs.controller.js';
import { OperationsController } from './http/operations.controller.js';
import { ProcessCommandsController } from './http/process-commands.controller.js';
import { ProcessesController } from './http/processes.controller.js';
import { SigningProvidersController } from './http/signing-providers.controller.js';
import { ReportsController } from './http/reports.controller.js';
import { TaskCommandsController } from './http/task-commands.controller.js';
import { TasksController } from './http/tasks.controller.js';
import { Holds } from './processes/hold.js';
import { Outcomes } from './processes/outcomes.js';
import { ProcessWatch } from './processes/process-watch.js';
import { engineParts } from './engine-parts.js';
import { beginInbound, inboundParts } from './inbound-parts.js';
import { incidentParts } from './incident-parts.js';
import { beginLimits, limitParts } from './limit-parts.js';
import { nativeRunParts } from './native-run-parts.js';
import { processParts } from './process-parts.js';
import { provide } from './provide.js';
import { beginReports, reportParts } from './report-parts.js';
import { beginKeepAlive, signInParts } from './sign-in-parts.js';
import { beginTasks, taskParts } from './task-parts.js';
import { registerSandbox } from './connections/register-sandbox.js';
import { ConnectionTests } from './connections/test-connection.js';
import { ToldAtPortals } from './connections/told-things.js';
import { Vault } from './connections/vault.js';
import { ConnectionCommandsController } from './http/connection-commands.controller.js';
import { ConnectionFiguresController } from './http/connection-figures.controller.js';
import { ConnectionsController } from './http/connections.controller.js';
import { CorrelationKitController } from './http/correlation-kit.controller.js';
import { ConsentsController } from './http/consents.controller.js';
import { DefinitionsController } from './http/definitions.controller.js';
import { PlatformsController } from './http/platforms.controller.js';
import { ClientsController } from './http/clients.controller.js';
import { HealthController } from './http/health.controller.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import type { RunningSandbox } from './sandbox.js';
import type { Closing } from './lib/closing.js';
import { Exchange } from './lib/exchange.js';
import { EgressRules, guardedExchange } from './lib/guarded-exchange.js';
import { Log } from './lib/log.js';
import { SecretBox } from './lib/secret-box.js';
import { platformKindOf, platformKinds } from './platforms/registry.js';
import { PostgresConnectionStore } from './storage/connection.store.js';
import { Database } from './storage/database.js';
import { WakeUp } from './storage/wake-up.js';
import { PostgresDefinitionStore } from './storage/definition.store.js';
import type { RequestLog } from './http/request-log.js';
import { ClientStore } from './security/client.store.js';
import { Clients } from './security/clients.js';
import { KnownCallers } from './security/known-callers.js';
import { PostgresRunIdsStore } from './storage/run-ids.store.js';
import { PostgresClientStore } from './storage/client.store.js';

/** The log port, and the line of each request, which only shows at debug. */
export type GatewayLog = Log & RequestLog;

/** What stands before the parts are put together; opened and closed by `gateway.ts`. */
export interface Ground {
  readonly config: Config;
  /** Open, but in the OpenAPI command, where nothing is asked of it. */
  readonly database: Database;
  /** Of the database itself, for what needs a session of its own; `null`: nothing is asked of it. */
  readonly directUrl: string | null;
  /** Of the whole gateway; they look at the database by themselves. */
  readonly holds: Holds;
  readonly log: GatewayLog;
  readonly url: PublicUrl;
  readonly readiness: Readiness;
  /** Loopback ports of our own simulated portals, which may always be called. */
  readonly ownPorts: readonly number[];
}

/** The parts in the order of the way; the only place that chooses implementations. */
@Module({})
export class AppModule {
  static on(ground: Ground): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        AdoptionController,
        ProcessesController,
        ProcessCommandsController,
        CloseProcessController,
        HistoryController,
        ElementsController,
        TasksController,
        TaskCommandsController,
        CallbacksController,
        ReportsController,
        OperationsController,
        IdempotencyKeysController,
        IncidentsController,
        ConnectionsController,
        ConnectionCommandsController,
        ConnectionFiguresController,
        ConsentsController,
        CorrelationKitController,
        DefinitionsController,
        NativeRunsController,
        SigningProvidersController,
        PlatformsController,
        ClientsController,
        HealthController,
      ],
      providers: [
        { provide: Config, useValue: ground.config },
        { provide: Database, useValue: ground.database },
        { provide: Holds, useValue: ground.holds },
        { provide: Log, useValue: ground.log },
        { provide: PublicUrl, useValue: ground.url },
        { provide: Readiness, useValue: ground.readiness },
        ...processParts,
        ...engineParts,
        ...limitParts,
        ...incidentParts,
        ...reportParts,
        ...taskParts,
        ...nativeRunParts,
        ...inboundParts,
        ...signInParts,
        provide(WakeUp, [Log], (log: Log) => new WakeUp(ground.directUrl, log)),
        // connections
        provide(DefinitionStore, [Database], (database: Database) => new PostgresDefinitionStore(database)),
        provide(ConnectionStore, [Database], (database: Database) => new PostgresConnectionStore(database)),
        { provide: EgressRules, useValue: egressRulesOf(ground) },
        provide(Exchange, [EgressRules, PortalBudgets], (rules: EgressRules, budgets: PortalBudgets) =>
          meteredExchange(guardedExchange(rules), budgets),
        ),
        provide(Vault, [Config], ({ credentialsKeys }: Config) => new Vault(new SecretBox(credentialsKeys))),
        provide(
          PortalOpener,
          [ConnectionStore, Vault, Exchange, MethodLimits, FollowMoves, ToldAtPortals, Log],
          (
            store: ConnectionStore,
            vault: Vault,
            exchange: Exchange,
            methods: MethodLimits,
            moves: FollowMoves,
            told: ToldAtPortals,
            log: Log,
          ) =>
            new PortalOpener(
              store,
              vault,
              exchange,
              (connection, use) => methods.spent(connection, use),
              moves,
              told,
              log,
            ),
        ),
        { provide: Portals, useExisting: OpenPortals },
        provide(
          OpenPortals,
          [ConnectionStore, PortalOpener, Log, LimitsWatch],
          (store: ConnectionStore, opener: PortalOpener, log: Log, watch: LimitsWatch) =>
            new OpenPortals({ store, opener, kindOf: platformKindOf, now, log, watch }),
        ),
        provide(
          Definitions,
          [Portals, DefinitionStore],
          (portals: Portals, store: DefinitionStore) => new CachedDefinitions(portals, store, now),
        ),
        provide(
          Connections,
          [ConnectionStore, Vault, Portals, EgressRules],
          (store: ConnectionStore, vault: Vault, portals: Portals, egress: EgressRules) =>
            new Connections({ store, vault, portals, kinds: platformKinds, egress }),
        ),
        provide(
          ConnectionTests,
          [Portals, Exchange],
          (portals: Portals, exchange: Exchange) => new ConnectionTests(portals, exchange),
        ),
        provide(RunIdsStore, [Database], (database: Database) => new PostgresRunIdsStore(database)),
        provide(RunIds, [RunIdsStore, Log], (store: RunIdsStore, log: Log) => new RunIds(store, log, now)),
        // security
        provide(ClientStore, [Database], (database: Database) => new PostgresClientStore(database)),
        provide(KnownCallers, [ClientStore], (store: ClientStore) => new KnownCallers(store)),
        provide(
          Clients,
          [ClientStore, KnownCallers],
          (store: ClientStore, callers: KnownCallers) => new Clients(store, callers),
        ),
      ],
    };
  }
}

/** How long a stop waits for requests that are out; what is not settled by then another replica sweeps up. */
const longestRestMs = 20_000;

/** Starts what works by itself; what is added last stops first, after the door. */
export async function startParts(app: INestApplicationContext, closing: Closing): Promise<void> {
  closing.add('portals', () => app.get(OpenPortals).close());
  closing.add('run ids', () => app.get(RunIds).end());
  const observer = app.get(Observer);
  const dispatcher = app.get(Dispatcher);
  const reconciler = app.get(Reconciler);
  beginLimits(app, closing);
  beginReports(app, closing);
  beginInbound(app, closing);
  beginTasks(app, closing);
  beginKeepAlive(app, closing);
  observer.begin();
  closing.add('observer', () => observer.end());
  reconciler.begin();
  closing.add('reconciler', () => reconciler.end());
  dispatcher.begin();
  closing.add('dispatcher', () => dispatcher.end(longestRestMs));
}

/** Answers whoever waits for an outcome with how things stand, so that a stop need not wait for the waiting. */
export function holdNobody(app: INestApplicationContext): void {
  app.get(Outcomes).end();
  app.get(ProcessWatch).end();
}

/** Registers the connections of the simulated portals that run. */
export async function registerSandboxes(
  app: INestApplicationContext,
  running: readonly RunningSandbox[],
): Promise<void> {
  const connections = app.get(Connections);
  for (const { platform, sandbox } of running) {
    for (const connection of sandbox.connections) {
      await registerSandbox(connections, { platform, url: sandbox.url, ...connection });
    }
  }
}

function egressRulesOf({ config, ownPorts }: Ground): EgressRules {
  return { allow: config.egressAllow, http: config.egressHttp, ownPorts };
}

/** Milliseconds of a clock that only goes forward. */
function now(): number {
  return performance.now();
}
