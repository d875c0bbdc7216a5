import { Refused } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Platform } from '../platform.js';
import type { NativeCall, StartOrder } from '../run.js';
import { maxCommands } from './batch.js';
import { Bitrix24Client, requestFor, type PortalCall } from './bitrix24.client.js';
import { connectionChecks } from './checks.js';
import type { PortalAuth, PortalSettings } from './connection.js';
import { elementVerbs } from './elements.js';
import { correlationKit } from './kit.js';
import { laneKeyOf } from './lane.js';
import { findLostWorkflow } from './lost.js';
import { findLostDocument } from './lost-documents.js';
import { MethodWork } from './method-work.js';
import { nativeCalls } from './native-calls.js';
import { observeRuns } from './observe.js';
import { runVerbs } from './run-verbs.js';
import { prepareSigning, sendCall, sendDocument, shownFields, signing, signingDefinition } from './signing.js';
import { strangeCodes } from './signing-states.js';
import { startsTogether } from './starts-together.js';
import { taskVerbs } from './task-verbs.js';
import { stopVerbs } from './stop-verbs.js';
import { listTemplates, readTemplate } from './templates.js';
import * as workflows from './workflows.js';

/** What one portal is opened with. */
export interface Portal {
  readonly baseUrl: string;
  /** The credentials as they are now. */
  readonly auth: () => PortalAuth;
  readonly settings: PortalSettings;
  readonly tools: PlatformTools;
}

const needsApplication =
  'Bitrix24 signs documents for applications only: register a connection with auth type "oauth" and start it there.';

/** The verbs that every Bitrix24 connection has, whatever its credentials. */
export function openPortal({ baseUrl, auth, settings, tools }: Portal): Platform {
  const work = new MethodWork((use) => tools.spent(use));
  const client = new Bitrix24Client({ baseUrl, auth, exchange: tools.exchange, work, moved: tools.moved?.bind(tools) });
  const signs = auth().type === 'oauth';
  const notice = strangeCodes(tools);
  return {
    namesDefinition: (definition) => definition === signing || workflows.namesTemplate(definition),
    definitions: async (call) => [...(await listTemplates(client, call)), ...(signs ? [signingDefinition] : [])],
    definition: async (definition, call) =>
      definition === signing ? signingDefinition : readTemplate(client, definition, call),
    prepare: (request, definition) => {
      if (request.definition !== signing) return workflows.prepareWorkflow(request, definition);
      return { ...prepareSigning(request), unsupported: signs ? null : needsApplication };
    },
    nativeCall: (order) => shownCall(baseUrl, auth(), shownStartCall(order, settings)),
    start: async (order, call) => {
      if (order.definition !== signing) return workflows.startWorkflow(client, order, settings, call);
      if (!signs) throw new Refused('capability', needsApplication);
      const started = await sendDocument(client, order, call);
      notice(started.result);
      return started;
    },
    startsTogether: startsTogether(client, settings),
    laneOf: (order) => ({ key: laneKeyOf(order), oneAtATime: false }),
    executionLimitSeconds: workflows.executionLimitSeconds,
    chosenIdOf: (order) => chosenIdOf(order, settings),
    findLost: async (order, span, call) => {
      if (order.definition === signing) return findLostDocument(client, { order, span, told: tools.told }, call);
      const own = auth();
      const userId = own.type === 'webhook' ? String(own.userId) : null;
      return findLostWorkflow(client, { order, span, chosenId: chosenIdOf(order, settings), userId }, call);
    },
    methodOf: (operation, definition) => methodsOf(definition)[operation],
    probes: settings.runIds === 'probe',
    observe: async (runs, call) => {
      const seen = await observeRuns(client, runs, call);
      for (const sight of seen.values()) if (sight.seen) notice(sight.result);
      return seen;
    },
    observeAtOnce: maxCommands,
    ...stopVerbs(client),
    ...taskVerbs(client, auth),
    ...elementVerbs(client, tools),
    ...runVerbs(client, signs),
    natively: nativeCalls(client),
    ...(signs ? { kit: correlationKit(client) } : {}),
    checks: connectionChecks(client),
  };
}

function chosenIdOf(order: StartOrder, { runIds }: PortalSettings): string | null {
  return order.definition === signing || runIds === 'off' ? null : order.runId;
}

/** The methods behind operations. Looks go in batches, whose commands are counted under their own names. */
const methodsOf = (definition: string) => ({
  start: definition === signing ? 'sign.b2e.document.send' : 'bizproc.workflow.start',
  terminate: 'bizproc.workflow.terminate',
  kill: 'bizproc.workflow.kill',
  complete_element: 'bizproc.event.send',
  complete_task: 'bizproc.task.complete',
  delegate_task: 'bizproc.task.delegate',
  observe: definition === signing ? 'sign.b2e.document.get' : 'bizproc.workflow.instances',
});

function shownStartCall(order: StartOrder, settings: PortalSettings): PortalCall {
  if (order.definition !== signing) return workflows.startCall(order, settings);
  return sendCall({ ...order, variables: shownFields(order.variables) });
}

// The secrets are taken out of the credentials before the request is made, so that none can be left in it.
function shownCall(baseUrl: string, auth: PortalAuth, portalCall: PortalCall): NativeCall {
  const shown: PortalAuth =
    auth.type === 'webhook' ? { ...auth, secret: redacted } : { ...auth, accessToken: redacted };
  const { method, url, headers } = requestFor(baseUrl, shown, portalCall);
  return { method, url: decodeURIComponent(url), headers, body: portalCall.params };
}

const redacted = '[redacted]';
