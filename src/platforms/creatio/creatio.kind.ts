import type { ConnectionSettings, PlatformKind, PlatformTools } from '../platform-kind.js';
import type { Platform } from '../platform.js';
import { Auth, connectionSchema, readAuth, readSettings, ReadySettings } from './connection.js';
import { Bearer } from './bearer.js';
import { CreatioClient } from './creatio.client.js';
import { examples } from './examples.js';
import { CreatioPlatform } from './creatio.platform.js';
import { Sessions } from './creatio.session.js';
import { Runtime } from './runtime.js';

/** Creatio, and BPMSoft, which speaks the same protocol. */
export const creatio: PlatformKind = {
  platform: 'creatio',
  name: 'Creatio',
  defaultLimits: {
    requestsPerSecond: null,
    burst: null,
    maxInFlight: 10,
    queueDepth: 100_000,
    batch: 'off',
    startTimeoutSeconds: 100,
    startWithinSeconds: null,
  },
  connectionSchema: connectionSchema(),
  examples,
  // No baseUrlFault: an instance may live in a virtual directory.
  readAuth,
  shownAuth: ['type', 'username', 'clientId', 'tokenUrl'],
  readSettings,
  signing: [],
  delivery: {
    start: 'at_most_once',
    terminate: 'repeated_safely',
    kill: null,
    complete_element: 'repeated_safely',
    complete_task: null,
    delegate_task: null,
    observe: 'read',
    definitions: 'read',
    elements: 'read',
    tasks: 'read',
    native_runs: null,
    call: 'at_most_once',
  },
  absence:
    'The run is probably not there: its process log keeps every run, unless logging is off for that process or the log was cleared.',
  tells: ['running', 'terminating', 'completed', 'failed', 'terminated'],
  notes: {
    start:
      'RunProcess gives the run id with its answer; Execute and background processes give none, and their runs are looked for.',
    terminate:
      'The process log is read before and after; the run is cancelling first, and the log tells when it has stopped.',
    kill: 'Creatio has no call that deletes a run; terminate keeps its history.',
    complete_element:
      'Whether it had been executed before is read from the log just before; a rival in between is not seen.',
    complete_task:
      'Complete its element instead: POST /v1/processes/{id}/elements/{elementId}/complete; GET …/elements names it.',
    delegate_task: 'Creatio has no documented call for it; a person does it there.',
    observe: 'From the process log, up to 20 runs in one request; archived ones in another.',
    definitions: 'The list holds no parameters; a single definition does, with two reads.',
    call:
      'Operations of services, e.g. rest/UsrService/Method, and rows to read: odata/Contact. Sent once under its key. Of a call whose answer was lost nothing is looked for: 502, and the instance itself tells. ' +
      'What starts a run is refused, but for services of a configuration, which may do anything.',
    tasks:
      'Those that wait; one that is done leaves the list. Users are named by their contacts, and a task of a role has no assignee.',
    elements: 'Those that the run has reached; a step that was skipped is not listed.',
  },
  open,
};

function open(connection: ConnectionSettings, tools: PlatformTools): Platform {
  const { exchange } = tools;
  const auth = Auth.parse(connection.auth);
  const settings = ReadySettings.parse(connection.settings);
  const runtime = new Runtime(connection.baseUrl, settings.runtime, exchange);
  const access =
    auth.type === 'forms' ? new Sessions(runtime, auth, settings.sessions, tools) : new Bearer(auth, exchange);
  const client = new CreatioClient(runtime, settings, access, exchange);
  return new CreatioPlatform(client, auth.type === 'forms' ? ['Cookie', 'BPMCSRF'] : ['Authorization']);
}
