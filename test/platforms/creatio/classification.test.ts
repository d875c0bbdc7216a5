import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../../src/lib/exchange.js';
import { AnswerLost, NotSent } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { command, errorOf, orderOf, read, supervisor } from './instance.js';

const run = '7e354376-2228-4ed2-90c6-2fe5950fecae';
const none = '00000000-0000-0000-0000-000000000000';
const page = '<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>';
const loginPage = '<html><form action="/0/Login/NuiLogin.aspx" method="post"></form></html>';
const loginShell = '<html><body data-loadbootstrap="bootstrap.login"></body></html>';
const string = 'http://schemas.microsoft.com/2003/10/Serialization/';

/** An adapter, signed in, whose next request meets this answer or error, as whatever is asked beside it. */
async function meeting(
  last: HttpAnswer | Error,
  settings: JsonObject = {},
  before: readonly HttpAnswer[] = [],
): Promise<Platform> {
  const answers: (HttpAnswer | Error)[] = [
    {
      status: 200,
      headers: { 'set-cookie': ['BPMCSRF=a/b+c.d; path=/', '.ASPXAUTH=secret-ticket; path=/'] },
      body: '{"Code":0}',
    },
    ...before,
    last,
  ];
  const read = creatio.readSettings({ runtime: 'netframework', ...settings });
  if (!('value' in read)) throw new Error('The settings are wrong');
  const platform = creatio.open(
    { key: 'test', baseUrl: 'https://instance.test', auth: supervisor, settings: read.value },
    {
      exchange: async () => {
        const next = answers.shift() ?? last;
        if (next instanceof Error) throw next;
        return next;
      },
      renewAuth: async () => undefined,
      spent: () => undefined,
    },
  );
  await platform.signIn?.(command());
  return platform;
}

function said(status: number, body: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** `Busy sign_in`, `Refused rejected`, `InDoubt`, or the state of the start. */
async function verdictOf(start: Promise<{ state: string; nativeId: string | null }>): Promise<string> {
  try {
    const { state, nativeId } = await start;
    return nativeId === null ? `${state} without id` : state;
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return 'because' in error ? `${error.name} ${String(error.because)}` : error.name;
  }
}

function outcome(
  processId: string | null,
  processStatus: number,
  success: boolean,
  errorInfo: unknown = null,
): JsonObject {
  return JSON.parse(JSON.stringify({ processId, processStatus, success, errorInfo, resultParameterValues: null }));
}

const code = (errorCode: string | null, message: string | null = null): unknown => ({
  errorCode,
  message,
  stackTrace: null,
});

const verdicts: readonly [string, HttpAnswer | Error, string][] = [
  ['completed', said(200, outcome(run, 2, true)), 'completed'],
  ['parked', said(200, outcome(run, 1, true)), 'running'],
  ['an element threw', said(200, outcome(run, 3, false, code(null, 'An error has occurred'))), 'failed'],
  ['an element threw, success all the same', said(200, outcome(run, 3, true)), 'failed'],
  ['a stale script with a run', said(200, outcome(run, 3, false, code('KeyNotFoundException'))), 'failed'],
  ['cancelled', said(200, outcome(run, 4, true)), 'terminated'],
  ['cancelling', said(200, outcome(run, 5, false)), 'terminating'],
  ['a run that is inactive', said(200, outcome(run, 0, false, code('Any'))), 'running'],
  ['a run in a state of tomorrow', said(200, outcome(run, 17, true)), 'running'],
  ['a run under HTTP 500', said(500, outcome(run, 2, true)), 'completed'],
  ['a run under HTTP 401', said(401, { processId: run }), 'running'],
  ['a run under HTTP 403', said(403, { processId: run }), 'running'],
  ['a run under a redirect to the login page', said(302, { processId: run }, { location: '/Login/x' }), 'running'],
  ['a run and nothing else', said(200, { processId: run }), 'running'],
  ['a run whose state is a text', said(200, { processId: run, processStatus: '2' }), 'completed'],
  ['a run whose state is no number', said(200, { processId: run, processStatus: 'Done' }), 'running'],
  ['a run whose success is a text', said(200, { processId: run, processStatus: 1, success: 'true' }), 'running'],
  ['a run whose outputs are a list', said(200, { ...outcome(run, 2, true), resultParameterValues: [] }), 'completed'],
  ['a run whose error has a number', said(200, outcome(run, 3, false, { errorCode: 17, message: 4 })), 'failed'],
  ['a run whose error is a text', said(200, outcome(run, 3, false, 'no')), 'failed'],
  ['a run behind a byte order mark', said(200, `\uFEFF${JSON.stringify(outcome(run, 2, true))}`), 'completed'],
  ['no id, and success as a text', said(200, { processId: none, processStatus: 0, success: 'true' }), 'InDoubt'],
  ['no id, and success as a text under HTTP 401', said(401, { processId: none, success: 'false' }), 'InDoubt'],
  ['an id that is a number', said(200, { processId: 17, processStatus: 0, success: true }), 'InDoubt'],
  [
    'queued, the outputs being a list',
    said(200, { ...outcome(none, 0, true), resultParameterValues: [] }),
    'running without id',
  ],
  ['queued in the background', said(200, outcome(none, 0, true)), 'running without id'],
  ['queued, the id being null', said(200, outcome(null, 0, true)), 'running without id'],
  ['no id, but completed', said(200, outcome(none, 2, true)), 'InDoubt'],
  [
    'signal start only',
    said(200, outcome(none, 0, false, code('ProcessCannotBeManuallyStartedException'))),
    'Refused rejected',
  ],
  [
    'unknown schema',
    said(200, outcome(none, 0, false, code('ItemNotFoundException', 'not found'))),
    'Refused rejected',
  ],
  [
    'a refusal with a message alone',
    said(200, outcome(none, 0, false, code(null, 'Publish the process'))),
    'Refused rejected',
  ],
  ['a refusal under HTTP 500', said(500, outcome(none, 0, false, code('SecurityException'))), 'Refused rejected'],
  ['a refusal under HTTP 403', said(403, outcome(none, 0, false, code('SecurityException'))), 'Refused rejected'],
  ['a stale script', said(200, outcome(none, 0, false, code('KeyNotFoundException', 'text'))), 'InDoubt'],
  ['a blank error', said(200, outcome(none, 0, false, code('', ' '))), 'InDoubt'],
  ['no error at all', said(200, outcome(none, 3, false)), 'InDoubt'],
  ['a JSON of something else', said(200, { hello: 1 }), 'InDoubt'],
  ['an empty 200', said(200, ''), 'InDoubt'],
  ['a truncated 200', said(200, JSON.stringify(outcome(run, 2, true)).slice(0, 60)), 'InDoubt'],
  ['a page with 200', said(200, page), 'InDoubt'],
  [
    'a page that links to the login page',
    said(200, '<html><a href="/Login/NuiLogin.aspx">Sign in</a></html>'),
    'InDoubt',
  ],
  [
    'a page that speaks of the login page',
    said(200, '<html><p>bootstrap.login at /Login/ failed</p></html>'),
    'InDoubt',
  ],
  ['a page that names it in a comment', said(200, `<html><!-- ${loginPage} --></html>`), 'InDoubt'],
  ['half the login page', said(200, loginPage.slice(0, -8)), 'InDoubt'],
  ['the login page in something else', said(200, `<error>${loginPage}</error>`), 'InDoubt'],
  ['a form beside a page', said(200, '<form action="/Login/NuiLogin.aspx"></form>'), 'InDoubt'],
  ['the login page under HTTP 502', said(502, loginPage), 'InDoubt'],
  ['a page with 502', said(502, page), 'InDoubt'],
  ['an empty 503', said(503, ''), 'InDoubt'],
  ['429 of a proxy', said(429, page), 'InDoubt'],
  ['404 with a page', said(404, page), 'InDoubt'],
  ['404 with nothing', said(404, ''), 'Busy portal_closed'],
  ['a redirect elsewhere', said(302, '', { location: 'https://instance.test/maintenance' }), 'InDoubt'],
  ['a lost answer', new AnswerLost('ECONNRESET'), 'InDoubt'],
  ['no connection', new NotSent('unreachable', 'ECONNREFUSED'), 'Unreached'],
];

const expiries: readonly [string, HttpAnswer][] = [
  ['302 on .NET Framework', said(302, 'Object moved', { location: '/Login/NuiLogin.aspx?ReturnUrl=%2f0' })],
  ['401 of a service on .NET Framework', said(401, { Message: 'Authentication failed.', StackTrace: null })],
  ['the same words under another status', said(500, { Message: 'Authentication failed.' })],
  ['302 on .NET', said(302, '', { location: 'https://instance.test/Login/Login.html?ReturnUrl=%2F' })],
  ['an empty 401 on .NET', said(401, '')],
  ['307 to itself', said(307, '', { location: '/0/ServiceModel/ProcessEngineService.svc/RunProcess' })],
  ['a deactivated user', said(302, '', { location: '/login/Login.html?ErrorCode=5' })],
  ['the login page of .NET Framework with 200', said(200, loginPage)],
  ['the login page of .NET with 200', said(200, loginShell)],
  ['the same page with a doctype and a tail', said(200, `\uFEFF<!DOCTYPE html>\n${loginShell}\r\n`)],
  ['403, CSRF or rights', said(403, page)],
];

describe('an answer to RunProcess', () => {
  it.each(verdicts)('%s', async (_name, answer, verdict) => {
    const platform = await meeting(answer);

    expect(await verdictOf(platform.start(orderOf('UsrAny'), command()))).toBe(verdict);
  });

  it.each(expiries)('is a void session: %s', async (_name, answer) => {
    const platform = await meeting(answer);

    expect(await verdictOf(platform.start(orderOf('UsrAny'), command()))).toBe('Busy sign_in');
    expect(platform.signedIn?.()).toBe(false);
  });

  it('is no void session where a message only contains those words', async () => {
    const platform = await meeting(said(500, { Message: 'Step 2: Authentication failed. Retry.' }));

    expect(await verdictOf(platform.start(orderOf('UsrAny'), command()))).toBe('InDoubt');
  });

  it('keeps the other outputs where one is a number that no double holds', async () => {
    const body = `{"processId":"${run}","processStatus":2,"success":true,"resultParameterValues":{"A":1e400,"B":"b"}}`;
    const platform = await meeting(said(200, body));

    const { result } = await platform.start(orderOf('UsrAny', { results: ['A', 'B'] }), command());

    expect(result).toEqual({ A: null, B: 'b' });
  });

  it.each([page, 'x'.repeat(100_000)])('passes neither a page on nor endless words', async (text) => {
    const refusing = await meeting(said(200, outcome(none, 0, false, code(text, text))));
    const failing = await meeting(said(200, outcome(run, 3, false, code(text, text))));

    const error = await errorOf(refusing.start(orderOf('UsrAny'), command()));
    const { failure } = await failing.start(orderOf('UsrAny'), command());

    expect(error).toMatchObject({ name: 'Refused' });
    for (const told of [JSON.stringify(error), String(error), JSON.stringify(failure)]) {
      expect(told).not.toContain('<h1>');
      expect(told.length).toBeLessThan(2000);
    }
  });
});

describe('an answer to Execute', () => {
  it.each<[string, HttpAnswer, string]>([
    ['a value', said(200, `<string xmlns="${string}">42</string>`), 'running without id'],
    [
      'a value that mentions the login page',
      said(200, `<string xmlns="${string}">"/Login/"</string>`),
      'running without id',
    ],
    ['nothing', said(200, ''), 'InDoubt'],
    ['half a value', said(200, `<string xmlns="${string}">"abc`), 'InDoubt'],
    ['a value under 500', said(500, `<string xmlns="${string}">42</string>`), 'InDoubt'],
    ['another document', said(200, '<fault>no</fault>'), 'InDoubt'],
    ['a page', said(500, page), 'InDoubt'],
    ['the login page', said(200, loginPage), 'Busy sign_in'],
    ['403: a command, although a GET', said(403, page), 'Busy sign_in'],
  ])('that was asked for a result: %s', async (_name, answer, verdict) => {
    const platform = await meeting(answer, { startWith: 'Execute' });

    expect(await verdictOf(platform.start(orderOf('UsrAny', { results: ['Total'] }), command()))).toBe(verdict);
  });

  it('may be empty where no result was asked for', async () => {
    const platform = await meeting(said(200, ''), { startWith: 'Execute' });

    expect(await verdictOf(platform.start(orderOf('UsrAny'), command()))).toBe('running without id');
  });
});

describe('what an error carries', () => {
  it('is at most 500 characters of the words of the instance', async () => {
    const platform = await meeting(said(200, outcome(none, 0, false, code('Code', 'x'.repeat(900)))));

    const error = await errorOf(platform.start(orderOf('UsrAny'), command()));

    expect(error).toMatchObject({ native: { code: 'Code', message: 'x'.repeat(500), httpStatus: 200 } });
  });

  it('is never a page', async () => {
    const platform = await meeting(said(200, outcome(none, 0, false, code('Code', page))));

    expect(await errorOf(platform.start(orderOf('UsrAny'), command()))).toMatchObject({ native: { message: null } });
  });
});

describe('a read', () => {
  it('of elements cannot be used where an id is none', async () => {
    const platform = await meeting(said(200, { value: [{ Id: 'a\u0000b', StatusId: none }] }));

    const elements = platform.elements?.({ nativeId: run, definition: 'UsrAny' }, read());

    expect(await errorOf(elements ?? Promise.resolve())).toMatchObject({ name: 'InDoubt' });
  });

  it.each<[string, HttpAnswer, string]>([
    ['403: only rights are left', said(403, page), 'Refused permission'],
    ['401', said(401, ''), 'Busy sign_in'],
    ['404 with nothing', said(404, ''), 'Busy portal_closed'],
    ['an error of OData', said(500, { error: { code: '', message: 'An error has occurred.' } }), 'InDoubt'],
    ['a page', said(200, page), 'InDoubt'],
  ])('%s', async (_name, answer, verdict) => {
    const platform = await meeting(answer);
    const observed = platform.observe([{ nativeId: run, definition: 'UsrAny' }], read());

    expect(await verdictOf(observed.then(() => ({ state: 'read', nativeId: run })))).toBe(verdict);
  });
});

describe('a stop', () => {
  it.each<[string, HttpAnswer, string]>([
    ['an empty 200', said(200, ''), 'terminating'],
    ['an empty 204', said(204, ''), 'terminating'],
    ['a parsed refusal', said(200, { success: false, errorInfo: code('SecurityException') }), 'Refused rejected'],
    ['403', said(403, page), 'Busy sign_in'],
    ['a page', said(500, page), 'InDoubt'],
    ['a page with 200', said(200, page), 'InDoubt'],
  ])('%s', async (_name, answer, verdict) => {
    const nothing = said(200, { value: [] });
    const platform = await meeting(answer, {}, [nothing, nothing]);
    const stopped = platform.terminate?.({ nativeId: run, definition: 'UsrAny' }, null, command());

    expect(
      await verdictOf((stopped ?? Promise.reject(new Error('no verb'))).then((state) => ({ state, nativeId: run }))),
    ).toBe(verdict);
  });
});
