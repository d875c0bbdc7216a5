import type { HttpAnswer } from '../../lib/exchange.js';
import { Busy, InDoubt, type NativeFault, type PlatformError } from '../platform.errors.js';
import { retryAfterMsIn } from '../retry-after.js';
import { refusalOf, type Asked, type Told } from './bitrix24.refusals.js';
import { Failure, Success } from './bitrix24.wire.js';
import { PortalMoved } from './moved.js';

/** What the portal's own failure says, with its code as text. */
export function toldBy(failure: unknown, httpStatus: number | null): Told | null {
  const read = Failure.safeParse(failure);
  if (!read.success || !isObject(failure) || !Object.hasOwn(failure, 'error')) return null;
  // Only the empty text is a code of its own; `null` is none that anybody has documented.
  const code = read.data.error === null ? 'null' : asText(read.data.error);
  return { code, description: asText(read.data.error_description), httpStatus };
}

/**
 * A failure for the caller's eyes: at most 500 characters, no markup, no secret.
 *
 * @param secrets  what must not stand in it, should the portal repeat it
 */
export function nativeFaultOf({ code, description, httpStatus }: Told, secrets: readonly string[]): NativeFault {
  return { code: shown(code, secrets).slice(0, 100), message: shown(description, secrets).slice(0, 500), httpStatus };
}

/**
 * The portal's result, or the error that its failure is; its body counts before its status.
 *
 * @throws Refused  a parsed refusal: nothing ran
 * @throws Busy     refused before it ran; a 302 too
 * @throws InDoubt  HTML, a truncated or empty body, a 5xx without a verdict, a result beside an error, or a failure that
 *                  no table knows
 */
export function verdictOn(answer: HttpAnswer, asked: Asked, secrets: readonly string[]): unknown {
  const body = unlessRefused(answer, asked, secrets);
  const success = Success.safeParse(body);
  if (answer.status === 200 && success.success && hasResult(body)) return success.data.result;
  throw unreadable(answer);
}

/** The body as JSON, `null` where it is none. @throws what its failure means, if it tells one */
export function unlessRefused(answer: HttpAnswer, asked: Asked, secrets: readonly string[]): unknown {
  const body = parsed(answer.body);
  const told = toldBy(body, answer.status);
  // Not documented together: with a result, something may have run, whatever the error or the status says.
  if (hasResult(body) && (told || answer.status !== 200)) throw inDoubt(answer);
  if (told) throw withWait(refusalOf(asked, told, nativeFaultOf(told, secrets)), answer);
  return body;
}

// The vendor sends no Retry-After; a proxy before the portal may.
function withWait(error: PlatformError, answer: HttpAnswer): PlatformError {
  const retryAfterMs = retryAfterMsIn(answer);
  if (retryAfterMs === null || !(error instanceof Busy)) return error;
  return new Busy(error.because, error.message, error.native, retryAfterMs);
}

/** The error of an answer without a verdict in its body. */
export function unreadable(answer: HttpAnswer): PlatformError {
  return answer.status === 302 ? new PortalMoved(answer) : inDoubt(answer);
}

function inDoubt(answer: HttpAnswer): InDoubt {
  return new InDoubt(`The answer (HTTP ${answer.status}) cannot be read.`, unnamed(answer));
}

function unnamed({ status }: HttpAnswer): NativeFault {
  return { code: null, message: null, httpStatus: status };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function hasResult(body: unknown): boolean {
  return isObject(body) && Object.hasOwn(body, 'result');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function shown(text: string, secrets: readonly string[]): string {
  const redacted = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text.slice(0, 5000));
  return redacted
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/https?:\/\/\S+/g, '[address]')
    .trim();
}
