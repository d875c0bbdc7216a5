import { createHash, timingSafeEqual } from 'node:crypto';
import { textIn, type Form } from '../../lib/form.js';
import type { JsonObject } from '../../lib/json.js';
import type { Callback, CallbackReader } from '../callback.js';
import { isKitCode, kitReportOf } from './kit.js';
import { signing } from './signing.js';

/**
 * What a portal posts to a handler: events, and the executions of activities.
 *
 * There is no signature: the sender proves itself by the application's token, constant per portal and application, which
 * arrives with the credentials and never by a callback. Tokens and addresses in `auth` are not read: nobody is called
 * because a body names him, and nothing of it is kept.
 *
 * Source: b24restdocs api-reference/events/safe-event-handlers.md, api-reference/bizproc/bizproc-activity/; the dump of an
 * activity's callback in the examples of b24phpsdk.
 */
export const callbacks: CallbackReader = { proof, read };

const maxIdLength = 255;
const signEvents = new Set(['ONSIGNB2EDOCUMENTSTATUSCHANGED', 'ONSIGNB2EMEMBERSTATUSCHANGED']);

const registered = 'what the gateway had registered there is gone, and is registered anew';
const accessEvents: Readonly<Record<string, { readonly change: 'gone' | 'renewed'; readonly message: string }>> = {
  ONAPPUNINSTALL: {
    change: 'gone',
    message: 'The application was uninstalled at the portal. Install it again and have the connection authorized anew.',
  },
  ONAPPINSTALL: {
    change: 'renewed',
    message: `The application was installed at the portal: ${registered}.`,
  },
  ONAPPUPDATE: {
    change: 'renewed',
    message: `The application was updated at the portal: ${registered}.`,
  },
};

function proof(form: Form, auth: JsonObject | null): ReturnType<CallbackReader['proof']> {
  const kept = [keptText(auth, 'applicationToken'), keptText(auth, 'memberId')];
  const given = [textIn(form, 'auth', 'application_token'), textIn(form, 'auth', 'member_id')];
  // Every pair is compared, whatever the first one shows or whether there is anything to compare with.
  const same = kept.map((one, at) => timingSafeEqual(hashOf(one), hashOf(given[at] ?? '')));
  if (kept.includes('')) return 'nothing-to-compare';
  return same.includes(false) ? 'refused' : 'proved';
}

function read(form: Form): readonly Callback[] {
  const event = textIn(form, 'event')?.toUpperCase() ?? null;
  if (event === null) return executionIn(form);
  const access = Object.hasOwn(accessEvents, event) ? accessEvents[event] : undefined;
  if (access) return [{ is: 'access', ...access, same: JSON.stringify([event, textIn(form, 'ts')]) }];
  return signEvents.has(event) ? documentIn(event, form) : [];
}

/** An activity that a run has reached. A step of the kit is a report, and an element only where somebody made it wait. */
function executionIn(form: Form): readonly Callback[] {
  const runId = idIn(form, 'workflow_id');
  const token = textIn(form, 'event_token');
  if (runId === null || token === null || token === '') return [];
  const code = idIn(form, 'code') ?? 'activity';
  const nativeId = hashOf(token).toString('hex');
  const waits = textIn(form, 'use_subscription') === 'Y';
  const waitsSeconds = waits ? secondsIn(textIn(form, 'timeout_duration')) : null;
  const element: Callback = {
    is: 'element',
    runId,
    nativeId,
    name: code,
    type: 'activity',
    waits,
    waitsSeconds,
    secret: token,
  };
  if (!isKitCode(code)) return [element];
  const { outcome, ...report } = kitReportOf(mapIn(form, 'properties'));
  const reports: Callback[] =
    outcome === null ? [] : [{ is: 'report', nativeId: runId, outcome, ...report, reportId: nativeId }];
  return waits ? [element, ...reports] : reports;
}

function documentIn(event: string, form: Form): readonly Callback[] {
  const nativeId = idIn(form, 'data', 'documentUid');
  if (nativeId === null) return [];
  const told = [textIn(form, 'data', 'memberUid'), textIn(form, 'data', 'statusCode'), textIn(form, 'ts')];
  // The handler's id is left out: who is bound twice is told twice.
  return [{ is: 'run', definition: signing, nativeId, same: JSON.stringify([event, nativeId, ...told]) }];
}

function mapIn(form: Form, name: string): Form {
  const map = form[name];
  return typeof map === 'object' ? map : {};
}

function idIn(form: Form, ...names: readonly string[]): string | null {
  const text = textIn(form, ...names);
  return text !== null && text !== '' && text.length <= maxIdLength ? text : null;
}

/** Seconds that an activity waits; 0 and nothing mean for ever. */
function secondsIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}

function keptText(auth: JsonObject | null, name: string): string {
  const value = auth?.[name];
  return typeof value === 'string' ? value : '';
}

// Hashes are of one length, so that comparing them tells nothing of the texts.
function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
