import { describe, expect, it } from '@jest/globals';
import { AnswerLost, NotSent, type HttpAnswer } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { command, orderOf, read, supervisor } from './instance.js';

const id = '7e354376-2228-4ed2-90c6-2fe5950fecae';
const none = '00000000-0000-0000-0000-000000000000';
const run = { nativeId: id, definition: 'UsrAny' };
const byExecute = { startWith: 'Execute' };

/** What is sent, after how many answers that are good: a sign-in, and before an element or a stop the look at the log. */
const operations = {
  RunProcess: { after: 1, send: (it: Platform) => it.start(orderOf('UsrAny'), command()) },
  Execute: { after: 1, send: (it: Platform) => it.start(orderOf('UsrAny', { options: byExecute }), command()) },
  'Execute for a result': {
    after: 1,
    send: (it: Platform) => it.start(orderOf('UsrAny', { options: byExecute, results: ['Total'] }), command()),
  },
  // A row that is missing in the table is looked for in the archive.
  stop: { after: 3, send: (it: Platform) => it.terminate?.(run, null, command()) },
  element: { after: 2, send: (it: Platform) => it.completeElement?.(id, { Result: 'yes' }, command()) },
  read: { after: 1, send: (it: Platform) => it.observe([run], read()) },
  'sign in': { after: 0, send: () => undefined },
} as const;
type Words = Readonly<Partial<Record<keyof typeof operations, string>>> & { readonly otherwise: string };

const good: readonly HttpAnswer[] = [
  { status: 200, headers: { 'set-cookie': ['BPMCSRF=a; path=/', '.ASPXAUTH=b; path=/'] }, body: '{"Code":0}' },
  { status: 200, headers: {}, body: '{"value":[]}' },
  { status: 200, headers: {}, body: '{"value":[]}' },
];

/** What comes of an operation whose last request ends so, and whatever is asked beside it. */
async function wordOf(name: string, end: HttpAnswer | Error): Promise<string> {
  const [, operation] = Object.entries(operations).find(([one]) => one === name) ?? [];
  if (!operation) throw new Error(`There is no ${name}`);
  const ends: (HttpAnswer | Error)[] = [...good.slice(0, operation.after), end];
  const settings = creatio.readSettings({ runtime: 'netframework' });
  if (!('value' in settings)) throw new Error('The settings are wrong');
  const platform = creatio.open(
    { key: 'test', baseUrl: 'https://instance.test', auth: supervisor, settings: settings.value },
    {
      exchange: async () => {
        const next = ends.shift() ?? end;
        if (next instanceof Error) throw next;
        return next;
      },
      renewAuth: async () => undefined,
      spent: () => undefined,
    },
  );
  try {
    await platform.signIn?.(command());
    return wordFor(await operation.send(platform));
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return 'because' in error ? `${error.name} ${String(error.because)}` : error.name;
  }
}

function wordFor(outcome: unknown): string {
  const { state, nativeId } = Object(outcome);
  if (state === undefined) return 'accepted';
  return nativeId === null ? 'accepted_unidentified' : `accepted, ${String(state)}`;
}

function said(status: number, body: JsonObject | string, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const outcome = (processId: string, processStatus: number, success: boolean, errorInfo: JsonObject | null = null) =>
  said(200, { processId, processStatus, success, errorInfo, resultParameterValues: null });
const error = (errorCode: string | null, message: string | null = null): JsonObject => ({ errorCode, message });
const xml = (inner: string): HttpAnswer =>
  said(200, `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${inner}</string>`);
const page = '<html><body><h1>Bad Gateway</h1></body></html>';

/** Signing in, and whatever waits for it, has no part in what a start answers. */
const starts = (RunProcess: string, more: Partial<Words> = {}): Words => ({
  RunProcess,
  element: 'InDoubt',
  'sign in': 'Unreached',
  otherwise: 'InDoubt',
  ...more,
});
const expired: Words = { 'sign in': 'Unreached', otherwise: 'Busy sign_in' };
const doubtful: Words = { 'sign in': 'Unreached', otherwise: 'InDoubt' };

/** The table of what an answer means, row by row, and what follows for each operation. */
const table: readonly (readonly [string, HttpAnswer | Error, Words])[] = [
  ['no address', new NotSent('unreachable', 'ENOTFOUND'), { otherwise: 'Unreached' }],
  ['no connection', new NotSent('unreachable', 'ECONNREFUSED'), { otherwise: 'Unreached' }],
  ['called off before the first byte', new NotSent('late', 'late'), { otherwise: 'Unreached' }],
  [
    '302 to the login page of .NET Framework',
    said(302, page, { location: '/Login/NuiLogin.aspx?ReturnUrl=x' }),
    expired,
  ],
  ['302 to the login page of .NET', said(302, '', { location: '/Login/Login.html?ReturnUrl=x' }), expired],
  ['307 to itself', said(307, '', { location: '/0/any' }), expired],
  [
    'the message of .NET Framework',
    said(401, { Message: 'Authentication failed.' }),
    { ...expired, 'sign in': 'Busy credentials' },
  ],
  ['an empty 401', said(401, ''), { ...expired, 'sign in': 'Busy credentials' }],
  ['the login page with 200', said(200, '<html><form action="/0/Login/NuiLogin.aspx"></form></html>'), expired],
  ['403, CSRF or rights', said(403, page), { ...expired, read: 'Refused permission', 'sign in': 'Busy credentials' }],
  ['404 with an empty body', said(404, ''), { element: 'Refused not_found', otherwise: 'Busy portal_closed' }],
  [
    'a sign-in that is refused',
    said(200, { Code: 1, Message: 'no' }),
    { 'sign in': 'Busy credentials', otherwise: 'InDoubt' },
  ],
  [
    'success: false, an empty id and a code',
    outcome(none, 0, false, error('ProcessCannotBeManuallyStartedException')),
    starts('Refused rejected', { stop: 'Refused rejected', element: 'Refused rejected' }),
  ],
  [
    'success: false, an empty id and a message',
    outcome(none, 0, false, error(null, 'Publish the process')),
    starts('Refused rejected', { stop: 'Refused rejected', element: 'Refused rejected' }),
  ],
  [
    'success: false, an empty id and KeyNotFoundException',
    outcome(none, 0, false, error('KeyNotFoundException', 'x')),
    starts('InDoubt'),
  ],
  ['success: false, an empty id and a blank errorInfo', outcome(none, 0, false, error('', ' ')), starts('InDoubt')],
  ['success: false, an empty id and no errorInfo', outcome(none, 0, false), starts('InDoubt')],
  ...(
    [
      [0, 'running'],
      [1, 'running'],
      [2, 'completed'],
      [3, 'failed'],
      [4, 'terminated'],
      [5, 'terminating'],
      [6, 'running'],
    ] as const
  ).map(
    ([status, state]) =>
      [
        `an id with status ${status}`,
        outcome(id, status, true),
        starts(`accepted, ${state}`, { stop: 'accepted', element: 'accepted' }),
      ] as const,
  ),
  [
    'an id with success: false and KeyNotFoundException',
    outcome(id, 3, false, error('KeyNotFoundException')),
    starts('accepted, failed'),
  ],
  [
    'success: true, an empty id, status 0',
    outcome(none, 0, true),
    starts('accepted_unidentified', { stop: 'accepted', element: 'accepted' }),
  ],
  [
    'success: true, an empty id, another status',
    outcome(none, 1, true),
    starts('InDoubt', { stop: 'accepted', element: 'accepted' }),
  ],
  [
    'a <string> root',
    xml('42'),
    starts('InDoubt', { Execute: 'accepted_unidentified', 'Execute for a result': 'accepted_unidentified' }),
  ],
  [
    'an empty <string> root',
    xml(''),
    starts('InDoubt', { Execute: 'accepted_unidentified', 'Execute for a result': 'accepted_unidentified' }),
  ],
  ['half a <string> root', said(200, '<string xmlns="x">4'), doubtful],
  ['a complete empty 200', said(200, ''), starts('InDoubt', { Execute: 'accepted_unidentified', stop: 'accepted' })],
  ['a reset or a timeout after bytes', new AnswerLost('ECONNRESET'), doubtful],
  ...[500, 502, 503, 504].map((status) => [`${status} with a page`, said(status, page), doubtful] as const),
  ['an empty 500', said(500, ''), doubtful],
  ['429 of a proxy', said(429, page), doubtful],
  ['HTML with 200', said(200, page), doubtful],
  ['a truncated 200', said(200, '{"processId":"7e35'), doubtful],
  ['404 with a page', said(404, page), { ...doubtful, element: 'Refused not_found' }],
  ['a redirect elsewhere', said(302, '', { location: '/maintenance' }), doubtful],
  ['JSON of something else', said(200, { hello: 1 }), doubtful],
];

describe.each(table)('%s', (_, end, words) => {
  it.each(Object.keys(operations))('to %s', async (name) => {
    const expected = Object.entries(words).find(([one]) => one === name)?.[1] ?? words.otherwise;

    expect(await wordOf(name, end)).toBe(expected);
  });
});
