import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type Ground } from './app.module.js';
import { AllowedMethods } from './http/allowed-methods.js';
import { OpenPortals } from './connections/open-portals.js';
import { ReportTokens } from './connections/report-tokens.js';
import type { Admit } from './http/authenticate.js';
import { MeasuredPortals } from './dispatch/measured-portals.js';
import { keepAudit } from './http/audit-trail.js';
import { serveDocuments } from './http/documents.js';
import { guardDoor } from './http/door.js';
import { FeedStreams } from './http/feed-streams.js';
import { durabilitySettings } from './http/durability.js';
import { Front } from './http/front.js';
import { httpServer } from './http/http-server.js';
import { serveMetrics } from './http/metrics-route.js';
import { Load } from './http/load.js';
import { sendingAway } from './http/send-away.js';
import { logRequests } from './http/request-log.js';
import type { ProvesReport } from './http/report-proof.js';
import { ProblemFilter } from './http/problem.filter.js';
import { serveGuarantees } from './http/guarantees-page.js';
import { servePages } from './http/problem-pages.js';
import { useSecurityHeaders } from './http/security-headers.js';
import { StrictQuery } from './http/strict-query.js';
import { DoorPipe } from './http/validate.js';
import { Busyness } from './lib/busyness.js';
import { IncidentStore } from './incidents/incident.store.js';
import { CallbackCounts } from './observability/callback-counts.js';
import { credentialsEnd } from './observability/credentials-end.js';
import { Metrics } from './observability/metrics.js';
import { nestLog } from './observability/nest-log.js';
import { replicaAge } from './observability/replica-age.js';
import { Retention } from './storage/retention.js';
import { feedCounts } from './observability/feed-counts.js';
import { historyCounts } from './observability/history-counts.js';
import { WebhookCounts } from './observability/webhook-counts.js';
import { ReportCounts } from './observability/report-counts.js';
import { SentAwayCounts } from './observability/sent-away-counts.js';
import { Audit } from './security/audit.js';
import { localClient } from './security/fixed-clients.js';
import { Bearers } from './security/bearers.js';
import { knownCaller } from './security/known-callers.js';
import { Quota } from './security/quota.js';
import { RefusedCallers } from './security/refused-callers.js';
import { databaseSettings } from './storage/database-settings.js';
import { isDatabaseTrouble } from './storage/database-trouble.js';

/** More than the 256 callers that one replica was measured with, and sixteen for each connection to the database. */
const mostInWork = 320;

/** Puts the application together on its ground; it answers once it listens. */
export async function createApp(ground: Ground): Promise<NestFastifyApplication> {
  const { config, log, url, readiness } = ground;
  const load = new Load(mostInWork, new Busyness());
  const sent = new SentAwayCounts();
  const front = new Front(load, sendingAway({ url, told: (method) => sent.count(method) }));
  const adapter = httpServer(url, config.trustedProxies, front);
  const server = adapter.getInstance();
  const methods = new AllowedMethods();
  methods.watch(server);
  logRequests(server, log);
  useSecurityHeaders(server);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.on(ground), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLog(log),
  });
  const admit = admitting(app.get(Bearers), config.auth);
  const quota = app.get(Quota);
  const tokens = app.get(ReportTokens);
  const provesReport: ProvesReport = (connection, token) => tokens.proves(connection, token);
  guardDoor(server, {
    url,
    admit,
    quota,
    provesReport,
    load,
    isStopping: () => readiness.isStopping,
  });
  keepAudit(server, { audit: app.get(Audit), refused: app.get(RefusedCallers), log });
  app.useGlobalPipes(new DoorPipe());
  app.useGlobalGuards(new StrictQuery());
  app.useGlobalFilters(new ProblemFilter({ url, log, methods, isDatabaseTrouble }));
  // Routes that are added before Nest's application would answer errors in Fastify's words.
  servePages(server);
  serveGuarantees(server, () => databaseSettings(ground.database, durabilitySettings));
  const counted = [
    sent.metric,
    app.get(ReportCounts).metric,
    app.get(CallbackCounts).metric,
    credentialsEnd(app.get(OpenPortals)),
    ...replicaAge(ground.replica),
    ...historyCounts(app.get(Retention)),
    feedCounts(app.get(FeedStreams)),
    app.get(WebhookCounts).metric,
  ];
  serveMetrics(server, new Metrics(app.get(MeasuredPortals), app.get(IncidentStore), counted));
  serveDocuments(app);
  return app.init();
}

/** Without keys everybody is the one local client. */
function admitting(bearers: Bearers, auth: boolean): Admit {
  const everybody = auth ? null : knownCaller(localClient);
  return async (bearer) => everybody ?? (bearer === null ? null : bearers.behind(bearer));
}
