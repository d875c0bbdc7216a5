import { z } from 'zod';
import type { HttpAnswer } from '../../lib/exchange.js';
import { Busy, InDoubt, Refused, type NativeFault, type PlatformError } from '../platform.errors.js';
import { emptyId, isOfOperation, parsed, type RunProcessAnswer } from './creatio.wire.js';

const longestMessage = 500;

/** What the instance said, cut to size; a page is never passed on. */
export function nativeFault(
  answer: { readonly status: number },
  code: string | null = null,
  message: string | null = null,
): NativeFault {
  return { code: plain(code), message: plain(message), httpStatus: answer.status };
}

function plain(text: string | null): string | null {
  return text === null || text.trim() === '' || /<[a-z!/]/i.test(text) ? null : text.slice(0, longestMessage);
}

/** What a request is for. A command is never answered from a rule that is only probable. */
export type Purpose = 'command' | 'read';

/**
 * Why an answer shows that the operation was not executed; `null`: it went in, and its body is the verdict.
 *
 * Bodies come first: one that the operation itself has written is its verdict, whatever the status.
 */
export function closedDoor(answer: HttpAnswer, purpose: Purpose, method: 'GET' | 'POST'): PlatformError | null {
  if (isOfOperation(answer.body)) return null;
  if (isVoidSession(answer)) return new Busy('sign_in', 'The session is void', nativeFault(answer));
  if (answer.status === 403) {
    // A GET needs no CSRF token, so on a read only rights are left; of a start nobody can tell before a fresh session.
    return purpose === 'read' && method === 'GET'
      ? new Refused('permission', 'The technical user may not read this', nativeFault(answer))
      : new Busy('sign_in', 'The CSRF token or the rights of the session were refused', nativeFault(answer));
  }
  if (answer.status === 404 && answer.body.trim() === '') {
    return new Busy('portal_closed', 'There is no such service at this address', nativeFault(answer));
  }
  return null;
}

const EndedSession = z.object({ Message: z.literal('Authentication failed.') });

/**
 * Does the answer come from the gate before the application, which turns away requests without a session?
 *
 * Source: clio, `Common/ReauthExecutor.cs` (302, 401, login page, the JSON message, which must be equal as a whole);
 * request logs of a build on .NET (307 to itself on the first call after the session has idled out).
 */
function isVoidSession({ status, headers, body }: HttpAnswer): boolean {
  if (status === 401 || status === 307) return true;
  if (status >= 300 && status < 400) return /\/login\//i.test(locationPath(headers['location']));
  if (parsed(EndedSession, body)) return true;
  return status >= 200 && status < 300 && isLoginPage(body);
}

function locationPath(location: string | readonly string[] | undefined): string {
  return typeof location === 'string' ? (location.split(/[?#]/)[0] ?? '') : '';
}

/**
 * The whole of the login page, known by its form or by what its shell loads. Redirects are not followed, so that a page is
 * mostly some proxy's; one that only mentions the login page says nothing of what ran.
 */
function isLoginPage(body: string): boolean {
  const page = body.trim();
  if (!/^(<!doctype html[^>]*>\s*)?<html[\s>]/i.test(page) || !/<\/html>$/i.test(page)) return false;
  const start = page.slice(0, 4096).replaceAll(/<!--[\s\S]*?(-->|$)/g, '');
  return (
    /<form\s[^>]*\baction=["'][^"'?#]*\/Login\//i.test(start) ||
    /<[a-z]+\s[^>]*\bdata-loadbootstrap=["']bootstrap\.login["']/i.test(start)
  );
}

/** The answer is complete and says nothing that we know. */
export function unreadable(what: string, answer: HttpAnswer): InDoubt {
  const kind = answer.body.trim() === '' ? 'an empty body' : /^\s*</.test(answer.body) ? 'a page' : 'an unknown body';
  return new InDoubt(`${what} was answered with HTTP ${answer.status} and ${kind}`, nativeFault(answer));
}

/**
 * Why the failure of an operation does not say that nothing ran; `null`: it does.
 *
 * A stale script task (`KeyNotFoundException`) fails after elements before it may have run, and a blank error comes
 * while the instance rebuilds itself.
 *
 * Source: clio, "runprocess-keynotfound-errorcode-is-a-missing-compiled-method",
 * "route-table-reload-fails-reads-with-collection-was-modified".
 */
export function doubtOf(errorInfo: RunProcessAnswer['errorInfo'], answer: HttpAnswer): InDoubt | null {
  const code = errorInfo?.errorCode?.trim() ?? '';
  const message = errorInfo?.message?.trim() ?? '';
  const native = nativeFault(answer, code || null, message || null);
  if (code === 'KeyNotFoundException') {
    return new InDoubt('A script of the process is stale; it may have run in part', native);
  }
  return code === '' && message === '' ? new InDoubt('It failed without a reason', native) : null;
}

/** The refusal of a start in the answer of RunProcess; `null`: it was accepted. */
export function startRefusal(verdict: RunProcessAnswer, answer: HttpAnswer): PlatformError | null {
  if (runIdOf(verdict) !== null) return null;
  const code = verdict.errorInfo?.errorCode?.trim() ?? '';
  const message = verdict.errorInfo?.message?.trim() ?? '';
  const native = nativeFault(answer, code || null, message || null);
  if (verdict.success === true) {
    return verdict.processStatus === 0 ? null : new InDoubt('The start was accepted in a state without a run', native);
  }
  if (verdict.success !== false) return unreadable('The start', answer);
  return (
    doubtOf(verdict.errorInfo, answer) ??
    new Refused('rejected', `The start was refused: ${native.code ?? 'no code'}`, native)
  );
}

/** The run that the answer names; `null`: none. */
export function runIdOf({ processId }: RunProcessAnswer): string | null {
  const id = processId?.trim() ?? '';
  return id === '' || id === emptyId ? null : id;
}
