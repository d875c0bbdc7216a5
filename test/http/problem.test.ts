import { shapeFault, valueFault } from '../../src/lib/fault.js';
import { KnownError } from '../../src/lib/known-error.js';
import { Invalid } from '../../src/processes/process.errors.js';
import { MalformedQuery, Overloaded, ValidationFailed } from '../../src/http/door.errors.js';
import { Explained, problemOf } from '../../src/http/problem.js';
import { problems } from '../../src/http/problems.js';

const at = { link: (path: string) => `https://bpm.example.com${path}`, instance: '/v1/x', traceId: 'f'.repeat(32) };

class Refused extends KnownError {
  override readonly name = 'Refused';
  readonly code = 'platform-rejected';
  readonly platform = { code: 'E', message: 'No.', httpStatus: 400, url: 'https://canary' };
  readonly processId = 'p';
}

describe('a problem', () => {
  it('says what the error says, and links to its page', () => {
    expect(
      problemOf(new ValidationFailed([{ kind: 'value', pointer: '/a', code: 'required', message: 'It is.' }]), at),
    ).toEqual({
      type: 'https://bpm.example.com/problems/validation-failed',
      title: 'Validation failed',
      status: 422,
      detail: 'The body does not fit: /a',
      instance: '/v1/x',
      code: 'validation-failed',
      outcome: 'not_executed',
      retryable: false,
      traceId: at.traceId,
      errors: [{ pointer: '/a', code: 'required', message: 'It is.' }],
    });
  });

  it('of a body with faults of both kinds is of its shape alone', () => {
    const faults = [shapeFault('/options/x', 'unknown-field', 'Remove it.'), valueFault('/a', 'required', 'It is.')];

    expect(problemOf(new Invalid(faults), at)).toMatchObject({
      type: 'https://bpm.example.com/problems/malformed-request',
      status: 400,
      code: 'malformed-request',
      errors: [{ pointer: '/options/x', code: 'unknown-field', message: 'Remove it.' }],
    });
  });

  it('names parameters of a query as such', () => {
    const problem = problemOf(new MalformedQuery([{ parameter: 'limit', code: 'invalid', message: 'x' }]), at);
    expect(problem.errors).toEqual([{ parameter: 'limit', code: 'invalid', message: 'x' }]);
  });

  it("carries ids and the platform's own words, and nothing else of an error", () => {
    const problem = problemOf(new Refused('no'), at);
    expect(problem).toMatchObject({ processId: 'p', platform: { code: 'E', message: 'No.', httpStatus: 400 } });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  it('carries what the door explains beside it', () => {
    const problem = problemOf(new Explained(new Refused('no'), { processId: 'q', process: { state: 'rejected' } }), at);
    expect(problem).toMatchObject({ code: 'platform-rejected', processId: 'q', process: { state: 'rejected' } });
  });

  it.each([
    new Error('canary'),
    'canary',
    null,
    { code: 'not-found' },
    Object.assign(new Error('canary'), { code: 'not-found' }),
  ])('of what nobody foresaw says nothing of it: %p', (error) => {
    const problem = problemOf(error, at);
    expect(problem).toMatchObject({ status: 500, code: 'internal-error', outcome: 'unknown', retryable: false });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  it('of a database that may have committed is unknown', () => {
    expect(problemOf(new Overloaded('unknown'), at)).toMatchObject({
      status: 503,
      outcome: 'unknown',
      retryable: true,
    });
  });
});

it('is retryable exactly where the contract says so', () => {
  const retryable = Object.entries(problems)
    .filter(([, kind]) => kind.retryable)
    .map(([code]) => code);
  expect(retryable.toSorted()).toEqual([
    'connection-reauthorization-required',
    'idempotency-in-progress',
    'overloaded',
    'platform-unavailable',
    'queue-full',
    'quota-exceeded',
    'shutting-down',
  ]);
});
