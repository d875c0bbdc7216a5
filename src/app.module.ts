import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { Config } from './config.js';
import { Connections } from './connections/connections.js';
import { OpenPortals } from './connections/open-portals.js';
import { RunIds } from './connections/run-ids.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LookRounds } from './dispatch/look-rounds.js';
import { Reconciler } from './dispatch/reconciler.js';
import { Holds } from './processes/hold.js';
import { Outcomes } from './processes/outcomes.js';
import { ProcessWatch } from './processes/process-watch.js';
import { auditParts, beginAudit } from './audit-parts.js';
import { bulkParts } from './bulk-parts.js';
import { engineParts } from './engine-parts.js';
import { feedParts } from './feed-parts.js';
import { FeedStreams } from './http/feed-streams.js';
import { beginInbound, inboundParts } from './inbound-parts.js';
import { beginHistory, historyParts } from './history-parts.js';
import { incidentParts } from './incident-parts.js';
import { beginLimits, limitParts } from './limit-parts.js';
import { nativeCallParts } from './native-call-parts.js';
import { nativeRunParts } from './native-run-parts.js';
import { processParts } from './process-parts.js';
import { provide } from './provide.js';
import { replicaParts } from './replica-parts.js';
import { beginReports, reportParts } from './report-parts.js';
import { beginKeepAlive, signInParts } from './sign-in-parts.js';
import { beginTasks, taskParts } from './task-parts.js';
import { registerSandbox } from './connections/register-sandbox.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import type { RunningSandbox } from './sandbox.js';
import type { Closing } from './lib/closing.js';
import { EgressRules } from './lib/egress-rules.js';
import { Log } from './lib/log.js';
import { lookParts } from './look-parts.js';
import { Database } from './storage/database.js';
import type { ReadReplica } from './storage/read-replica.js';
import { WakeUp } from './storage/wake-up.js';
import type { RequestLog } from './http/request-log.js';
import { connectionParts } from './connection-parts.js';
import { controllers } from './controllers.js';
import { secretParts } from './secret-parts.js';
import { beginWebhooks, webhookParts } from './webhook-parts.js';
import { securityParts } from './security-parts.js';

/** The log port, and the line of each request, which only shows at debug. */
export type GatewayLog = Log & RequestLog;

/** What stands before the parts are put together; opened and closed by `gateway.ts`. */
export interface Ground {
  readonly config: Config;
  /** Open, but in the OpenAPI command, where nothing is asked of it. */
  readonly database: Database;
  /** Of the database itself, for what needs a session of its own; `null`: nothing is asked of it. */
  readonly directUrl: string | null;
  /** What of it may be read elsewhere; `null`: everything is read there. */
  readonly replica: ReadReplica | null;
  /** Of the whole gateway; they look at the database by themselves. */
  readonly holds: Holds;
  readonly log: GatewayLog;
  readonly url: PublicUrl;
  readonly readiness: Readiness;
  /** Loopback ports of our own simulated portals, which may always be called. */
  readonly ownPorts: readonly number[];
  /** Ports of this machine that nothing of ours may call: the door, once it stands, and the database. */
  readonly closedPorts: Set<number>;
}

/** The parts in the order of the way; the only place that chooses implementations. */
@Module({})
export class AppModule {
  static on(ground: Ground): DynamicModule {
    return {
      module: AppModule,
      controllers,
      providers: [
        { provide: Config, useValue: ground.config },
        { provide: Database, useValue: ground.database },
        { provide: Holds, useValue: ground.holds },
        { provide: Log, useValue: ground.log },
        { provide: PublicUrl, useValue: ground.url },
        { provide: Readiness, useValue: ground.readiness },
        ...processParts,
        ...replicaParts(ground.replica),
        ...bulkParts,
        ...engineParts,
        ...lookParts,
        ...limitParts,
        ...incidentParts,
        ...historyParts,
        ...feedParts,
        ...webhookParts,
        ...reportParts,
        ...taskParts,
        ...nativeRunParts,
        ...nativeCallParts,
        ...inboundParts,
        ...signInParts,
        provide(WakeUp, [Log], (log: Log) => new WakeUp(ground.directUrl, log)),
        { provide: EgressRules, useValue: egressRulesOf(ground) },
        ...connectionParts,
        ...securityParts,
        ...secretParts,
        ...auditParts,
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
  const rounds = app.get(LookRounds);
  const dispatcher = app.get(Dispatcher);
  const reconciler = app.get(Reconciler);
  beginAudit(app, closing);
  beginLimits(app, closing);
  beginReports(app, closing);
  beginInbound(app, closing);
  beginTasks(app, closing);
  beginKeepAlive(app, closing);
  beginHistory(app, closing);
  beginWebhooks(app, closing);
  rounds.begin();
  closing.add('look rounds', () => rounds.end());
  reconciler.begin();
  closing.add('reconciler', () => reconciler.end());
  dispatcher.begin();
  closing.add('dispatcher', () => dispatcher.end(longestRestMs));
}

/** Answers whoever waits for an outcome with how things stand, so that a stop need not wait for the waiting. */
export function holdNobody(app: INestApplicationContext): void {
  app.get(Outcomes).end();
  app.get(ProcessWatch).end();
  app.get(FeedStreams).end();
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

function egressRulesOf({ config, ownPorts, closedPorts }: Ground): EgressRules {
  return { allow: config.egressAllow, http: config.egressHttp, ownPorts, closedPorts };
}
