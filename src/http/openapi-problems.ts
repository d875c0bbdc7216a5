import type { OpenAPIObject } from '@nestjs/swagger';
import { isProblemCode, problems, type ProblemCode } from './problems.js';
import { problemType } from './problem-answer.js';
import { problemsExtension } from './problems.decorator.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Responses = Operation['responses'];

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

const ofAll: readonly ProblemCode[] = [
  'malformed-request',
  'headers-too-large',
  'internal-error',
  'shutting-down',
  'overloaded',
];
const ofGuarded: readonly ProblemCode[] = [
  'unauthenticated',
  'insufficient-scope',
  'host-not-allowed',
  'origin-not-allowed',
  'address-not-allowed',
  'not-acceptable',
  'quota-exceeded',
];
const ofBodies: readonly ProblemCode[] = ['payload-too-large', 'unsupported-media-type', 'validation-failed'];
/** A body that comes along although none is asked for. */
const ofUnasked: readonly ProblemCode[] = ['payload-too-large', 'unsupported-media-type'];
/** A name that is too long, or cannot be one. */
const ofNames: readonly ProblemCode[] = ['not-found'];
const ofSite: readonly ProblemCode[] = ['host-not-allowed', 'origin-not-allowed'];

/** Writes every problem of every route into the document: those it names itself, and those that any route may answer. */
export function documentProblems(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (!operation) continue;
      operation.responses = withProblems(operation, [
        ...(method === 'delete' ? ofUnasked : []),
        ...(path.startsWith('/v1/') ? ofSite : []),
        ...(path.includes('{') ? ofNames : []),
      ]);
      // Said explicitly: open to everybody, and not forgotten.
      operation.security ??= [];
    }
  }
  return document;
}

function withProblems(operation: Operation, ofRoute: readonly ProblemCode[]): Responses {
  const extended = operation as Operation & { [problemsExtension]?: readonly string[] };
  const own = (extended[problemsExtension] ?? []).filter(isProblemCode);
  delete extended[problemsExtension];
  const codes = new Set([
    ...own,
    ...ofRoute,
    ...ofAll,
    ...((operation.security ?? []).length > 0 ? ofGuarded : []),
    ...(operation.requestBody ? ofBodies : []),
  ]);
  const statuses = new Set([...codes].map((code) => problems[code].status));
  const added = [...statuses].map((status) => {
    const group = [...codes].filter((code) => problems[code].status === status);
    return [String(status), responseOf(group)] as const;
  });
  const all = { ...Object.fromEntries(added), ...operation.responses };
  return Object.fromEntries(Object.entries(all).toSorted(([one], [other]) => one.localeCompare(other)));
}

function responseOf(codes: readonly ProblemCode[]): Responses[string] {
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].meaning}`).join('\n\n'),
    headers: headersOf(codes),
    content: {
      [problemType]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: problems[code].title, value: exampleOf(code) }]),
        ),
      },
    },
  };
}

/** The headers of an answer that may be any of these problems; which of them comes with which, the description says. */
function headersOf(
  codes: readonly ProblemCode[],
): Record<string, { description?: string; schema: { type: 'string' } }> {
  const schema = { type: 'string' } as const;
  const challenges: readonly ProblemCode[] = ['unauthenticated', 'insufficient-scope'];
  return {
    'X-Request-Id': { schema },
    traceparent: { schema },
    ...(codes.some((code) => challenges.includes(code))
      ? { 'WWW-Authenticate': { description: 'RFC 6750.', schema } }
      : {}),
    ...(codes.some((code) => problems[code].retryable) ? { 'Retry-After': { description: 'Seconds.', schema } } : {}),
    ...(codes.includes('quota-exceeded')
      ? {
          'RateLimit-Policy': { description: 'The quota, e.g. `"client";q=600;w=60`.', schema },
          RateLimit: { description: 'What is left, e.g. `"client";r=0;t=12`; on other answers too.', schema },
        }
      : {}),
  };
}

function exampleOf(code: ProblemCode): object {
  const { title, status, meaning, retryable } = problems[code];
  const isOpen = code === 'internal-error' || code === 'platform-outcome-unknown';
  return {
    type: `https://bpm.example.com/problems/${code}`,
    title,
    status,
    detail: meaning,
    instance: '/v1/processes',
    code,
    outcome: isOpen ? 'unknown' : 'not_executed',
    retryable,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
}
