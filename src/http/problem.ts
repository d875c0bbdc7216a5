import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { KnownError, type Outcome } from '../lib/known-error.js';
import { secretValues } from '../lib/secret-values.js';
import { CompanyNotServed, MalformedQuery } from './door.errors.js';
import { isProblemCode, problems, type ProblemCode } from './problems.js';

/** One place of the request that is wrong. */
export interface ProblemPlace {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly code: string;
  readonly message: string;
}

/** What the platform itself said. */
export interface ProblemPlatform {
  readonly code: string | null;
  readonly message: string | null;
  readonly httpStatus: number | null;
}

/** An error as callers get it: RFC 9457 with the members that the contract adds. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly traceId: string;
  readonly processId?: string;
  readonly operationId?: string;
  /** The stored copy, as this caller may see it. */
  readonly process?: JsonObject;
  readonly platform?: ProblemPlatform;
  readonly errors?: readonly ProblemPlace[];
}

/** What a problem says beside its code: ids, the stored copy on 410 and 424, and the trace of a repeated answer. */
export type ProblemExtras = Partial<Pick<Problem, 'processId' | 'operationId' | 'process' | 'platform' | 'traceId'>>;

/** A known error with what the door knows about it, e.g. the process as this caller may see it. */
export class Explained extends Error {
  override readonly name = 'Explained';

  constructor(
    override readonly cause: KnownError,
    readonly extras: ProblemExtras,
  ) {
    super(cause.message, { cause });
  }
}

/** Where and under which trace the error showed itself. */
export interface ProblemPlaceOfOccurrence {
  /** Makes an absolute link from a path. */
  link(path: string): string;
  readonly instance: string;
  readonly traceId: string;
}

/** The problem that an error becomes. What we do not know becomes an internal error and says nothing of itself. */
export function problemOf(error: unknown, at: ProblemPlaceOfOccurrence): Problem {
  if (error instanceof Explained) return { ...problemOf(error.cause, at), ...error.extras };
  const known = error instanceof KnownError && isProblemCode(error.code) ? error : null;
  const code = known ? codeOf(known) : 'internal-error';
  const { status, title, retryable } = problems[code];
  const errors = known ? placesOf(known) : [];
  return {
    type: at.link(`/problems/${code}`),
    title,
    status,
    detail: known
      ? secretValues.hide(known.message)
      : 'Something happened that nobody foresaw; the operator finds it by the traceId.',
    instance: at.instance,
    code,
    outcome: known?.outcome ?? 'unknown',
    retryable,
    traceId: at.traceId,
    ...(known ? extrasIn(known) : {}),
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** A platform finds faults of both kinds in one look; any fault of shape makes the body malformed. */
function codeOf({ code, faults }: KnownError): ProblemCode {
  if (code === 'validation-failed' && faults.some(isOfShape)) return 'malformed-request';
  return isProblemCode(code) ? code : 'internal-error';
}

/** Faults of shape hide those of value: those are told once the text is what the contract describes. */
function placesOf(error: KnownError): ProblemPlace[] {
  if (error instanceof MalformedQuery || error instanceof CompanyNotServed) return [...error.parameters];
  const shape = error.faults.filter(isOfShape);
  const counting = shape.length > 0 ? shape : error.faults;
  return counting.map(({ pointer, code, message }) => ({ pointer, code, message }));
}

function isOfShape({ kind }: Fault): boolean {
  return kind === 'shape';
}

/** Errors of other rooms carry ids and the platform's words as fields of these names. */
function extrasIn(error: KnownError): ProblemExtras {
  return {
    ...('processId' in error && typeof error.processId === 'string' ? { processId: error.processId } : {}),
    ...('operationId' in error && typeof error.operationId === 'string' ? { operationId: error.operationId } : {}),
    ...('platform' in error && isObject(error.platform) ? { platform: platformIn(error.platform) } : {}),
  };
}

function platformIn(said: object): ProblemPlatform {
  return {
    code: 'code' in said && typeof said.code === 'string' ? said.code : null,
    message: 'message' in said && typeof said.message === 'string' ? secretValues.hide(said.message) : null,
    httpStatus: 'httpStatus' in said && typeof said.httpStatus === 'number' ? said.httpStatus : null,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
