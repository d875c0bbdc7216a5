import { describe, expect, it } from '@jest/globals';
import { AnswerLost, NotSent, type HttpAnswer } from '../../../src/lib/exchange.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { refusalOf, RunExists } from '../../../src/platforms/bitrix24/bitrix24.refusals.js';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { answer, oauthAuth } from './answering.js';
import { command, orderOf, read } from './open-sandbox.js';

const run = { nativeId: '66e81a641752f8.56521481', definition: '1' };
const operations = {
  start: (portal: Platform) => portal.start(orderOf('1'), command()),
  send: (portal: Platform) => portal.start(orderOf('sign.b2e.document', { subject: null }), command()),
  terminate: (portal: Platform) => portal.terminate?.(run, null, command()),
  kill: (portal: Platform) => portal.kill?.(run, command()),
  read: (portal: Platform) => portal.definition('1', read()),
  sign_in: (portal: Platform) => portal.signIn?.(command()),
} as const;
type Operation = keyof typeof operations;
type Words = Readonly<Partial<Record<Operation, string>>> & { readonly otherwise: string };

/** A portal whose next request ends so. */
function meeting(end: HttpAnswer | Error): Platform {
  const settings = bitrix24.readSettings({});
  if ('faults' in settings) throw new Error('The settings are wrong');
  return bitrix24.open(
    { key: 'p', baseUrl: 'https://p.example', auth: oauthAuth, settings: settings.value },
    {
      exchange: async () => {
        if (end instanceof Error) throw end;
        return end;
      },
      renewAuth: async (renew) => void (await renew(() => true)),
      spent: () => undefined,
    },
  );
}

async function wordOf(attempt: unknown): Promise<string> {
  try {
    await attempt;
    return 'accepted';
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return 'because' in error ? `${error.name} ${String(error.because)}` : error.name;
  }
}

const failed = (status: number, error: unknown, text = 'text'): HttpAnswer =>
  answer(status, { error, error_description: text });

const all = (otherwise: string): Words => ({ otherwise });
/** At the token endpoint no method was called, so only what concerns the connection counts there. */
const refused = (because: string): Words => ({ sign_in: 'InDoubt', otherwise: `Refused ${because}` });
const nameless = (start: string): Words => ({
  start,
  terminate: 'Refused not_found',
  kill: 'Refused not_found',
  otherwise: 'InDoubt',
});

/** The table of what an answer means, row by row, and what follows for each operation. */
const table: readonly (readonly [string, HttpAnswer | Error, Words])[] = [
  ['no address', new NotSent('unreachable', 'ENOTFOUND'), all('Unreached')],
  ['no connection', new NotSent('unreachable', 'ECONNREFUSED'), all('Unreached')],
  ['an address that is denied', new NotSent('denied', 'private'), all('Unreached')],
  ['called off before the first byte', new NotSent('late', 'late'), all('Unreached')],
  ['expired_token', failed(401, 'expired_token'), all('Busy sign_in')],
  ['invalid_token', failed(401, 'invalid_token'), all('Busy sign_in')],
  ['QUERY_LIMIT_EXCEEDED', failed(503, 'QUERY_LIMIT_EXCEEDED'), all('Busy limit')],
  ['OPERATION_TIME_LIMIT', failed(429, 'OPERATION_TIME_LIMIT'), all('Busy limit')],
  ['CONNECTION_ERROR', failed(400, 'CONNECTION_ERROR'), all('Busy limit')],
  ['a move', answer(302, '', { location: 'https://new.example/rest/' }), all('Busy portal_closed')],
  ...[
    'INVALID_CREDENTIALS',
    'NO_AUTH_FOUND',
    'APPLICATION_NOT_FOUND',
    'NOT_INSTALLED',
    'user_access_error',
    'authorization_error',
    'ERROR_OAUTH',
    'invalid_grant',
    'invalid_client',
    'wrong_client',
  ].map((code) => [code, failed(401, code), all('Busy credentials')] as const),
  ['wrong_client with 200', failed(200, 'wrong_client'), all('Busy credentials')],
  ...['OVERLOAD_LIMIT', 'PAYMENT_REQUIRED', 'WRONG_LICENSE', 'PORTAL_DELETED', 'INVALID_REQUEST'].map(
    (code) => [code, failed(403, code), all('Busy portal_closed')] as const,
  ),
  ['ERROR_WRONG_WORKFLOW_ID', failed(400, 'ERROR_WRONG_WORKFLOW_ID'), refused('rejected')],
  ...['Wrong DOCUMENT_ID!', 'Incorrect document type!', 'Template type and DOCUMENT_ID mismatch!'].map(
    (text) => [text, failed(400, '', text), nameless('Refused rejected')] as const,
  ),
  ['ACCESS_DENIED', failed(403, 'ACCESS_DENIED'), refused('permission')],
  ['insufficient_scope', failed(401, 'insufficient_scope', ''), refused('permission')],
  ['WRONG_AUTH_TYPE', failed(403, 'WRONG_AUTH_TYPE'), refused('capability')],
  ['ERROR_METHOD_NOT_FOUND', failed(404, 'ERROR_METHOD_NOT_FOUND'), refused('plan')],
  ...[200, 400].map(
    (status) =>
      [
        `BAD_REQUEST with ${status}`,
        failed(status, 'BAD_REQUEST'),
        { send: 'Refused rejected', read: 'Refused rejected', otherwise: 'InDoubt' },
      ] as const,
  ),
  ['WorkflowAlreadyExists to our id', failed(400, '', 'WorkflowAlreadyExists'), nameless('accepted')],
  ['no code and any other text', failed(400, '', 'Превышен лимит процессов'), nameless('InDoubt')],
  ['no code and no text', failed(400, '', ''), nameless('InDoubt')],
  ['INTERNAL_ERROR', failed(400, 'INTERNAL_ERROR'), all('InDoubt')],
  ['a reset or a timeout after bytes', new AnswerLost('ECONNRESET'), all('InDoubt')],
  ...[500, 502, 503, 504].map((status) => [`${status} without a verdict`, answer(status, ''), all('InDoubt')] as const),
  ['HTML with 200', answer(200, '<html></html>'), all('InDoubt')],
  ['HTML with 403', answer(403, '<html></html>'), all('InDoubt')],
  ['a truncated 200', answer(200, '{"result":"66e8'), all('InDoubt')],
  ['an empty 200', answer(200, ''), all('InDoubt')],
  ['an unreadable 200', answer(200, { result: { any: 'thing' } }), all('InDoubt')],
  ['a code that is in no table', failed(400, 'ERROR_OF_TOMORROW'), all('InDoubt')],
  ['a number for a code', failed(400, 510), all('InDoubt')],
  ['429 of a proxy', answer(429, 'slow down'), all('InDoubt')],
];

describe.each(table)('%s', (_, end, words) => {
  it.each(Object.keys(operations))('to %s', async (name) => {
    const operation = Object.entries(operations).find(([one]) => one === name);
    const expected = Object.entries(words).find(([one]) => one === name)?.[1] ?? words.otherwise;

    expect(await wordOf(operation?.[1](meeting(end)))).toBe(expected);
  });
});

describe('a positive, parsed answer', () => {
  it.each([
    ['start', { result: '66e81a641752f8.56521481' }],
    ['send', { result: { uid: 'b6f5', state: { code: 'signing' } } }],
    ['terminate', { result: true }],
    ['kill', { result: true }],
    ['read', { result: [] }],
    ['sign_in', { access_token: 'a', refresh_token: 'r' }],
  ] as const)('to %s is accepted', async (name, body) => {
    expect(await wordOf(operations[name](meeting(answer(200, body))))).toBe('accepted');
  });
});

describe('a start inside a batch, whose commands carry no status', () => {
  const inner = (code: string, description: string): PlatformError =>
    refusalOf('start', { code, description, httpStatus: null }, { code, message: description, httpStatus: null });

  it.each([
    ['', 'Wrong DOCUMENT_ID!', 'Refused rejected'],
    ['', 'Template type and DOCUMENT_ID mismatch!', 'Refused rejected'],
    ['', 'Любой другой текст', 'InDoubt'],
    ['ERROR_WRONG_WORKFLOW_ID', 'Template not found', 'Refused rejected'],
    ['insufficient_scope', '', 'Refused permission'],
    ['OPERATION_TIME_LIMIT', '', 'Busy limit'],
    ['ERROR_BATCH_LENGTH_EXCEEDED', '', 'InDoubt'],
    ['ERROR_CORE', '', 'InDoubt'],
  ])('ends with %j %j as %s', async (code, text, word) => {
    expect(await wordOf(Promise.reject(inner(code, text)))).toBe(word);
  });

  it('ran before where its id is known', () => {
    expect(inner('', 'WorkflowAlreadyExists')).toBeInstanceOf(RunExists);
  });
});
