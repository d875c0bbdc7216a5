import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { ContractDocument, Operation } from './document.js';
import type { RawAnswer, SentRequest } from './send.js';

/** What is wrong with an answer, as a short sentence that is the same for all of its kind; `null`: nothing. */
export type Judge = (sent: SentRequest, answer: RawAnswer) => string | null;

/** Problems of a portal: the only ones of the 500s that a portal which misbehaves may cause. */
const platformTrouble = ['platform-outcome-unknown', 'platform-bad-response', 'platform-unavailable'];
const problemType = 'application/problem+json';

/** A judge by the contract that a gateway serves. */
export async function judgeOf(url: string, document: ContractDocument): Promise<Judge> {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema(Object(await (await fetch(`${url}/openapi.json`)).json()), 'contract');
  const validators = new Map<string, ValidateFunction>();
  const bodyFault = (pointer: string, body: unknown): string | null => {
    const validate = validators.get(pointer) ?? ajv.compile({ $ref: `contract#${pointer}` });
    validators.set(pointer, validate);
    return validate(body) ? null : ajv.errorsText(validate.errors);
  };
  return (sent, answer) => {
    const path = pathIn(sent.target);
    const operation = operationOf(document, sent.method, path);
    return (
      faultOfHeaders(answer) ?? faultOfStatus(operation, answer) ?? faultOfBody(sent, operation, { answer, bodyFault })
    );
  };
}

function pathIn(target: string): string {
  return target.replace(/^https?:\/\/[^/]*/, '').split(/[?#]/)[0] ?? '';
}

/** What the contract has at this address for this method; `null`: nothing, so 404, 405 or an unreadable path. */
function operationOf({ operations }: ContractDocument, method: string, path: string): Operation | null {
  const steps = path.split('/');
  const fits = (operation: Operation): boolean => {
    const pattern = operation.path.split('/');
    return (
      pattern.length === steps.length &&
      pattern.every((step, at) => step === steps[at] || (step.startsWith('{') && steps[at] !== ''))
    );
  };
  const asked = method === 'HEAD' ? 'GET' : method;
  const found = operations.filter((operation) => operation.method === asked && fits(operation));
  return found.find((operation) => operation.path === path) ?? found[0] ?? null;
}

function faultOfHeaders({ status, headers }: RawAnswer): string | null {
  if (typeof headers['x-request-id'] !== 'string') return `${status} has no X-Request-Id`;
  if (!/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/.test(String(headers['traceparent'])))
    return `${status} has no traceparent`;
  if (headers['x-content-type-options'] !== 'nosniff') return `${status} has no nosniff`;
  if (headers['content-security-policy'] === undefined) return `${status} has no Content-Security-Policy`;
  return null;
}

function faultOfStatus(operation: Operation | null, { status, body }: RawAnswer): string | null {
  const isOpen =
    operation === null ? [400, 401, 403, 404, 405, 406, 431].includes(status) : operation.statuses.has(status);
  if (!isOpen) return `${status} is not in the contract${operation ? '' : ' for what is not there'}`;
  if (status < 500) return null;
  const code = codeIn(body);
  return platformTrouble.includes(code) ? null : `${status} ${code}`;
}

interface Answered {
  readonly answer: RawAnswer;
  readonly bodyFault: (pointer: string, body: unknown) => string | null;
}

function faultOfBody(sent: SentRequest, operation: Operation | null, { answer, bodyFault }: Answered): string | null {
  const { status, headers, body } = answer;
  if (sent.method === 'HEAD' || status === 204) return body.length === 0 ? null : `${status} has a body`;
  const type = String(headers['content-type']).split(';')[0] ?? '';
  if (status >= 400 && type === problemType) {
    return bodyFault('/components/schemas/Problem', jsonIn(body)) ?? faultOfProblem(status, body);
  }
  if (status >= 400 && type !== 'text/html') return `${status} is ${type}`;
  if (type === 'text/html') return null;
  if (type !== 'application/json') return `${status} is ${type}`;
  const steps = [
    'paths',
    operation?.path ?? '',
    sent.method.toLowerCase(),
    'responses',
    String(status),
    'content',
    type,
    'schema',
  ];
  return bodyFault(
    steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join(''),
    jsonIn(body),
  );
}

function faultOfProblem(status: number, body: Buffer): string | null {
  const problem = Object(jsonIn(body));
  return problem.status === status ? null : `${status} says that it is ${problem.status}`;
}

function codeIn(body: Buffer): string {
  return String(Object(jsonIn(body)).code);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
