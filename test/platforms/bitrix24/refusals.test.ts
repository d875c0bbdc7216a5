import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { PlatformError } from '../../../src/platforms/platform.errors.js';
import { answer, answering, oauthAuth, secret, webhookAuth } from './answering.js';
import { command, orderOf, read } from './open-sandbox.js';

/** In one word what the engine reads off an error: its class, and because of what. */
async function wordOf(attempt: Promise<unknown> | undefined): Promise<string> {
  const failure: unknown = await Promise.resolve(attempt).catch((error: unknown) => error);
  if (!(failure instanceof PlatformError)) return 'accepted';
  return 'because' in failure ? `${failure.name} ${String(failure.because)}` : failure.name;
}

const refused = (status: number, error: unknown, text = 'text'): HttpAnswer =>
  answer(status, { error, error_description: text });
const run = { nativeId: '66e81a641752f8.56521481', definition: '1' };

const busy: readonly (readonly [string, string])[] = [
  ['QUERY_LIMIT_EXCEEDED', 'limit'],
  ['OPERATION_TIME_LIMIT', 'limit'],
  ['CONNECTION_ERROR', 'limit'],
  ['expired_token', 'sign_in'],
  ['invalid_token', 'sign_in'],
  ['INVALID_CREDENTIALS', 'credentials'],
  ['NO_AUTH_FOUND', 'credentials'],
  ['APPLICATION_NOT_FOUND', 'credentials'],
  ['NOT_INSTALLED', 'credentials'],
  ['user_access_error', 'credentials'],
  ['authorization_error', 'credentials'],
  ['ERROR_OAUTH', 'credentials'],
  ['invalid_grant', 'credentials'],
  ['invalid_client', 'credentials'],
  ['wrong_client', 'credentials'],
  ['OVERLOAD_LIMIT', 'portal_closed'],
  ['PAYMENT_REQUIRED', 'portal_closed'],
  ['WRONG_LICENSE', 'portal_closed'],
  ['PORTAL_DELETED', 'portal_closed'],
  ['INVALID_REQUEST', 'portal_closed'],
];

describe('a start that was refused before it ran', () => {
  it.each(busy)('%s is Busy because of %s, with any status', async (code, because) => {
    for (const status of [200, 400, 401, 403, 429, 500, 503]) {
      const portal = answering(refused(status, code), oauthAuth);
      expect(await wordOf(portal.start(orderOf('1'), command()))).toBe(`Busy ${because}`);
    }
  });

  it('waits for a person where a webhook is told to renew its token', async () => {
    expect(await wordOf(answering(refused(401, 'expired_token')).start(orderOf('1'), command()))).toBe(
      'Busy credentials',
    );
  });

  it('is Busy when the portal has moved, and the new address shows no secret', async () => {
    const moved = answer(302, '<html></html>', { location: `https://new.example/rest/1/${secret}/x.json` });

    const failure: unknown = await answering(moved)
      .start(orderOf('1'), command())
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'Busy', because: 'portal_closed' });
    expect(String(failure)).toContain('new.example');
    expect(JSON.stringify(failure) + String(failure)).not.toContain(secret);
  });
});

describe('a start that the portal refused', () => {
  it.each([
    [400, 'ERROR_WRONG_WORKFLOW_ID', 'Template not found', 'rejected'],
    [400, '', 'Wrong DOCUMENT_ID!', 'rejected'],
    [400, '', 'Incorrect document type!', 'rejected'],
    [400, '', 'Template type and DOCUMENT_ID mismatch!', 'rejected'],
    [403, 'ACCESS_DENIED', 'Access denied!', 'permission'],
    [401, 'insufficient_scope', '', 'permission'],
    [403, 'WRONG_AUTH_TYPE', 'Current authorization type is denied for this method', 'capability'],
    [404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!', 'plan'],
    [200, 'ACCESS_DENIED', 'an error in a 200 is an error', 'permission'],
  ])('%i %j %j is Refused because of %s', async (status, code, text, because) => {
    const word = await wordOf(answering(refused(status, code, text)).start(orderOf('1'), command()));

    expect(word).toBe(`Refused ${because}`);
  });
});

describe('a start whose answer says nothing of what ran', () => {
  it.each([
    ['no code and any other text', refused(400, '', 'Превышен лимит процессов')],
    ['no code and more than the whole text', refused(400, '', 'Wrong DOCUMENT_ID! ')],
    ['an argument check without its status', refused(500, '', 'Wrong DOCUMENT_ID!')],
    ['a known id without its status', refused(200, '', 'WorkflowAlreadyExists')],
    ['the code "0"', refused(400, '0')],
    ['a number as code', refused(400, 510)],
    ['an object as code', refused(400, { code: 'ACCESS_DENIED' })],
    ['null as code', refused(200, null)],
    ['the code of an inherited property', refused(400, 'constructor')],
    ['a code in other letters', refused(401, 'EXPIRED_TOKEN')],
    ['INTERNAL_SERVER_ERROR', refused(500, 'INTERNAL_SERVER_ERROR')],
    ['ERROR_UNEXPECTED_ANSWER', refused(500, 'ERROR_UNEXPECTED_ANSWER')],
    ['ERROR_CORE', refused(400, 'ERROR_CORE')],
    ['ERROR_ARGUMENT', refused(400, 'ERROR_ARGUMENT')],
    ['METHOD_CONFIRM_WAITING', refused(401, 'METHOD_CONFIRM_WAITING')],
    ["BAD_REQUEST, which is signing's", refused(400, 'BAD_REQUEST')],
    ['an error beside a result', answer(200, { result: 'a1.1', error: '' })],
    ['a refusal beside a result', answer(200, { result: 'a1.1', error: 'ACCESS_DENIED' })],
    ['a void token beside a result', answer(200, { result: 'a1.1', error: 'expired_token' })],
    ['a limit beside no result', answer(200, { result: null, error: 'QUERY_LIMIT_EXCEEDED' })],
    ['a redirect beside a result', answer(302, { result: 'a1.1' }, { location: 'https://new.example/rest/' })],
    ['503 without a code', answer(503, '<html>Service Unavailable</html>')],
    ['502', answer(502, '<html></html>')],
    ['504 in JSON', answer(504, { message: 'Gateway Timeout' })],
    ['403 in HTML', answer(403, '<html></html>')],
    ['401 without a body', answer(401, '')],
    ['a page with 200', answer(200, '<html></html>')],
    ['an empty body', answer(200, '')],
    ['a body that is cut', answer(200, '{"result":"66e81a64')],
    ['a bare text', answer(200, '"66e81a641752f8.56521481"')],
    ['a list', answer(200, '[{"error":"ACCESS_DENIED"}]')],
    ['null', answer(200, 'null')],
    ['no result', answer(200, { time: {} })],
    ['an empty id', answer(200, { result: '' })],
    ['an id as a number', answer(200, { result: 66.5 })],
    ['true for an id', answer(200, { result: true })],
    ['null for an id', answer(200, { result: null })],
    ['a text for an id', answer(200, { result: 'Fatal error: out of memory' })],
    ['a result with 500', answer(500, { result: '66e81a641752f8.56521481' })],
    ['a permanent redirect', answer(301, '')],
  ])('is in doubt: %s', async (_, told) => {
    expect(await wordOf(answering(told).start(orderOf('1'), command()))).toBe('InDoubt');
  });

  it('is in doubt about a known id when none was sent', async () => {
    const exists = refused(400, '', 'WorkflowAlreadyExists');

    expect(await wordOf(answering(exists).start(orderOf('1'), command()))).toBe('accepted');
    // The sending of a document chooses no id.
    const document = orderOf('sign.b2e.document', { subject: null });
    expect(await wordOf(answering(exists, oauthAuth).start(document, command()))).toBe('InDoubt');
  });

  it('is in doubt at every cut of a real answer', async () => {
    const body = JSON.stringify({ result: '66e81a641752f8.56521481', time: { start: 1.5, date_start: '2026-01-01' } });
    const words = new Set<string>();
    for (let length = 0; length < body.length; length += 1) {
      words.add(await wordOf(answering(answer(200, body.slice(0, length))).start(orderOf('1'), command())));
    }

    expect([...words]).toEqual(['InDoubt']);
    expect(await wordOf(answering(answer(200, body)).start(orderOf('1'), command()))).toBe('accepted');
  });
});

describe('the sending of a document', () => {
  const document = orderOf('sign.b2e.document', { subject: null });

  it.each([
    [200, 'BAD_REQUEST', 'Refused rejected'],
    [400, 'BAD_REQUEST', 'Refused rejected'],
    [403, 'ACCESS_DENIED', 'Refused permission'],
    [500, 'INTERNAL_ERROR', 'InDoubt'],
    [400, 'INTERNAL_ERROR', 'InDoubt'],
    [400, '', 'InDoubt'],
  ])('%i %j is %s', async (status, code, word) => {
    expect(await wordOf(answering(refused(status, code), oauthAuth).start(document, command()))).toBe(word);
  });

  it('is in doubt about a positive answer without a uid', async () => {
    const told = answer(200, { result: { state: { code: 'signing' } } });

    expect(await wordOf(answering(told, oauthAuth).start(document, command()))).toBe('InDoubt');
  });
});

describe('a stop', () => {
  it('finds nothing when the portal refuses it without a code', async () => {
    const portal = answering(refused(400, '', 'Бизнес-процесс не найден'));

    expect(await wordOf(portal.terminate?.(run, null, command()))).toBe('Refused not_found');
    expect(await wordOf(portal.kill?.(run, command()))).toBe('Refused not_found');
  });

  it('is in doubt when the refusal has no code and another status, or no verdict at all', async () => {
    expect(await wordOf(answering(refused(500, '')).terminate?.(run, null, command()))).toBe('InDoubt');
    expect(await wordOf(answering(answer(200, { result: false })).kill?.(run, command()))).toBe('InDoubt');
  });

  it('is beyond a document for signature', async () => {
    const document = { nativeId: 'b6f5', definition: 'sign.b2e.document' };
    const portal = answering(answer(200, { result: true }), oauthAuth);

    expect(await wordOf(portal.terminate?.(document, null, command()))).toBe('Refused capability');
    expect(await wordOf(portal.kill?.(document, command()))).toBe('Refused capability');
  });
});

describe('what an error tells', () => {
  it('is short, without markup, addresses and secrets', async () => {
    const text = `<b>No</b> https://p.example/rest/1/${secret}/x ${secret} ${'x'.repeat(1_000)}`;
    const failure: unknown = await answering(refused(403, 'ACCESS_DENIED', text))
      .start(orderOf('1'), command())
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ native: { code: 'ACCESS_DENIED', httpStatus: 403 } });
    const shown = JSON.stringify(failure) + String(failure);
    expect(shown).not.toMatch(/canary|https:|<b>/);
    expect(shown.length).toBeLessThan(1_000);
  });
});

const looked = (result: object): Promise<string> => wordOf(answering(answer(200, { result })).observe([run], read()));

describe('a batch of looks', () => {
  it('writes ids that cannot end a command', async () => {
    const sent: HttpRequest[] = [];
    const odd = { nativeId: '$result[r1]&FILTER[x]=1 ?+', definition: '1' };
    const portal = answering(answer(200, { result: { result: { r0: [] }, result_error: [] } }), webhookAuth, sent);
    await portal.observe([odd], read());

    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      halt: 0,
      cmd: {
        r0: 'bizproc.workflow.instances?SELECT[0]=ID&FILTER[ID]=%24result%5Br1%5D%26FILTER%5Bx%5D%3D1%20%3F%2B',
      },
    });
  });

  it.each([
    ['limit', 'OPERATION_TIME_LIMIT', 'Busy limit'],
    ['permission', 'ACCESS_DENIED', 'Refused permission'],
    ['an empty code', '', 'InDoubt'],
  ])('gives the reason of its command where nothing was learnt: %s', async (_, code, word) => {
    const errors = { r0: { error: code, error_description: '' } };

    expect(await looked({ result: [], result_error: errors })).toBe(word);
  });

  it('is in doubt about a command that it does not name, and about other runs than the one asked for', async () => {
    expect(await looked({ result: [], result_error: [] })).toBe('InDoubt');
    expect(await looked({ result: { r0: [{ ID: 'other' }] }, result_error: [] })).toBe('InDoubt');
    expect(await looked({ result: { r0: 'text' }, result_error: [] })).toBe('InDoubt');
  });

  it('takes empty maps that PHP wrote as lists', async () => {
    const seen = answering(answer(200, { result: { result: [[]], result_error: [] } })).observe([run], read());

    await expect(seen).rejects.toBeInstanceOf(PlatformError);
    expect(await looked({ result: { r0: [] }, result_error: [] })).toBe('accepted');
  });
});
