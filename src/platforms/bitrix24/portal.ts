import { Refused } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call, Platform } from '../platform.js';
import type { NativeCall, StartOrder, Started } from '../run.js';
import { maxCommands } from './batch.js';
import { Bitrix24Client, requestFor, type PortalCall } from './bitrix24.client.js';
import { RunExists } from './bitrix24.refusals.js';
import { connectionChecks } from './checks.js';
import type { PortalAuth, PortalSettings } from './connection.js';
import { observeRuns } from './observe.js';
import { prepareSigning, sendCall, sendDocument, shownFields, signing, signingDefinition } from './signing.js';
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
  const client = new Bitrix24Client(baseUrl, auth, tools.exchange);
  const signs = auth().type === 'oauth';
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
      if (order.definition !== signing) return startOne(client, order, settings, call);
      if (!signs) throw new Refused('capability', needsApplication);
      return sendDocument(client, order, call);
    },
    laneOf: (order) => ({ key: workflows.laneKeyOf(order), oneAtATime: false }),
    executionLimitSeconds: workflows.executionLimitSeconds,
    chosenIdOf: (order) => (order.definition === signing || settings.runIds === 'off' ? null : order.runId),
    probes: settings.runIds === 'probe',
    observe: (runs, call) => observeRuns(client, runs, call),
    observeAtOnce: maxCommands,
    terminate: async (run, reason, call) => {
      workflows.assertIsWorkflow(run);
      const params = { ID: run.nativeId, ...(reason === null ? {} : { STATUS: reason }) };
      await workflows.stopWorkflow(client, 'bizproc.workflow.terminate', params, call);
      return 'terminated';
    },
    kill: async (run, call) => {
      workflows.assertIsWorkflow(run);
      await workflows.stopWorkflow(client, 'bizproc.workflow.kill', { ID: run.nativeId }, call);
    },
    checks: connectionChecks(client),
  };
}

async function startOne(
  client: Bitrix24Client,
  order: StartOrder,
  settings: PortalSettings,
  call: Call,
): Promise<Started> {
  const sentId = settings.runIds === 'off' ? null : order.runId;
  try {
    const started = await workflows.startWorkflow(client, workflows.startCall(order, settings), call);
    return { ...started, runId: sentId === null ? null : started.nativeId === sentId ? 'kept' : 'ignored' };
  } catch (error) {
    if (!(error instanceof RunExists) || sentId === null) throw error;
    return { ...workflows.running, nativeId: sentId, runId: 'kept', startedBefore: true };
  }
}

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
