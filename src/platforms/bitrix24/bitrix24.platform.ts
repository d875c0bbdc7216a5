import type { PlatformKind } from '../platform-kind.js';
import type { Platform } from '../platform.js';
import {
  baseUrlFault,
  connectionSchema,
  defaultLimits,
  openedWith,
  readAuth,
  readSettings,
  shownAuth,
} from './connection.js';
import { callbacks } from './callbacks.js';
import { consent } from './consent.js';
import { examples } from './examples.js';
import { reportPlaceholders } from './kit.js';
import { openPortal } from './portal.js';
import { shownFields, signing } from './signing.js';
import { newsOfSigning } from './signing-news.js';
import { PortalTokens } from './tokens.js';

/** How long a refresh token lives that nobody uses. Source: b24restdocs settings/oauth/auto-renewal.md */
const refreshLifeDays = 180;

/** Bitrix24, over REST 2.0: workflows by webhook or application, documents for signature by application. */
export const bitrix24: PlatformKind = {
  platform: 'bitrix24',
  name: 'Bitrix24',
  defaultLimits,
  connectionSchema,
  examples,
  baseUrlFault,
  readAuth,
  shownAuth,
  consent,
  credentialsLifeDays: ({ type, refreshToken }) =>
    type === 'oauth' && refreshToken !== undefined ? refreshLifeDays : null,
  awaitsConsent: ({ type, accessToken, refreshToken }) =>
    type === 'oauth' && accessToken === undefined && refreshToken === undefined,
  readSettings,
  callbacks,
  newsOfRun: newsOfSigning,
  signing: [signing],
  showVariables: (definition, variables) => (definition === signing ? shownFields(variables) : variables),
  reportPlaceholders,
  delivery: {
    start: 'at_most_once',
    terminate: 'repeated_safely',
    kill: 'repeated_safely',
    complete_element: 'repeated_safely',
    complete_task: 'repeated_safely',
    delegate_task: 'repeated_safely',
    observe: 'read',
    definitions: 'read',
    elements: 'read',
    tasks: 'read',
    native_runs: 'read',
    call: 'at_most_once',
  },
  absence:
    'Nothing: a run that has ended is not listed any more, so the start may have run. Look into the document itself.',
  // Of documents for signature more can be told; of workflows, which every connection has, this alone.
  tells: ['running'],
  notes: {
    start:
      'With runIds "probe" a lost start is sent once more under the same run id, where the portal was seen to keep it.',
    terminate: 'Workflows only: Bitrix24 has no call that stops a document for signature.',
    kill: 'Workflows only, and only while they run: of a finished workflow nothing is deleted.',
    observe: 'Workflows: running or gone, never how they ended. Documents for signature: their full state.',
    complete_element: 'Activities of an application that wait; the portal never tells whether the run was still there.',
    elements: 'Activities of an application, as the portal told of them by callbacks; other steps are not listed.',
    complete_task:
      'Only tasks of the user as whom the connection acts: of its webhook, or who consented to its application. ' +
      'GET /v1/tasks/{id} names that user in `actsAs`.',
    delegate_task:
      'By an administrator, or by the user whose task it is. Where the answer was lost it is told again: who gives the ' +
      'task back by hand in that moment may see it delegated once more.',
    native_runs:
      'Workflows that run now, as an administrator sees them: what has ended is not listed, and of documents for ' +
      'signature the portal has no list.',
    call:
      'REST methods in lower case, e.g. crm.lead.get. Sent once under its key. Of a call whose answer was lost nothing is looked for: 502, and the portal itself tells. What ' +
      'starts a run is refused; automation that a call sets off is not followed.',
    tasks:
      'As far as the user of the connection may see them: its own, those of its staff, or as an administrator all.',
  },
  open: ({ baseUrl, auth: authJson, settings: settingsJson }, tools): Platform => {
    const { auth, settings } = openedWith(authJson, settingsJson);
    if (auth.type === 'webhook') return openPortal({ baseUrl, auth: () => auth, settings, tools });
    const tokens = new PortalTokens(auth, tools);
    return {
      ...openPortal({ baseUrl, auth: () => tokens.auth, settings, tools }),
      signedIn: () => tokens.usable,
      signIn: (call) => tokens.renew(call),
      signedOut: () => tokens.forget(),
    };
  },
};
