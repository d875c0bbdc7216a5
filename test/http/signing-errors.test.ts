import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bitrix24 } from '../../src/platforms/bitrix24/bitrix24.platform.js';
import { PlatformDesk, type Told } from './platform-desk.js';

const desk = new PlatformDesk();
beforeAll(() => desk.open());
afterAll(() => desk.close());

const application = 'sandbox-bitrix24-app';
const send = 'sign.b2e.document.send';
const fields: Record<string, unknown> = Object(bitrix24.examples.starts[2]?.body['variables']);
let documents = 0;

/** Sends a document of its own, so that no lane stands in the way. */
function signing(changed: object = {}, connection = application, prefer?: string): Promise<Told> {
  const externalSettings = { externalId: `EXT-${(documents += 1)}`, externalDateCreate: '2026-02-18T09:19:34+03:00' };
  const variables = { ...fields, externalSettings, ...changed };
  return desk.post(
    '/v1/processes',
    { connection, definition: 'sign.b2e.document', variables },
    '/v1/processes',
    prefer,
  );
}

describe('a document for signature', () => {
  it('with faults is told them all, each at its field, and nothing is sent', async () => {
    const { status, body } = await signing({
      company: { crmId: 12 },
      members: [{ employeeId: 5, role: 'signer' }],
      files: [{ fileName: 'a.doc', fileType: 'application/pdf', fileContent: 'UEsDBBQA' }],
    });

    expect([status, body['code']]).toEqual([422, 'validation-failed']);
    expect(body['errors']).toEqual(
      expect.arrayContaining(
        [
          ['/variables/members', /"assignee" is required/],
          ['/variables/members/0/employeeId', /company\.uuid/],
          ['/variables/files/0/fileName', /\.pdf/],
          ['/variables/files/0/fileContent', /%PDF/],
        ].map(([pointer, message]) =>
          expect.objectContaining({ pointer, message: expect.stringMatching(message ?? '') }),
        ),
      ),
    );
    expect(await desk.received(send)).toEqual([0, 0]);
  });

  it('is beyond a webhook, which is told before anything is sent', async () => {
    const { status, body } = await signing({}, 'sandbox-bitrix24');

    expect([status, body['code']]).toEqual([422, 'capability-not-supported']);
    expect(body['detail']).toMatch(/"oauth"/);
    expect(await desk.received(send)).toEqual([0, 0]);
  });

  it.each([200, 400, 403])('that the portal refuses with %i is 422 with its words', async (status) => {
    await desk.control('signing', { errorStatus: status });

    const refused = await signing({ companyProviderUid: 'unknown' });
    await desk.control('signing', { errorStatus: 400 });

    const message = '[companyProviderUid] Signing provider is not available.';
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'platform-rejected', platform: { code: 'BAD_REQUEST', message, httpStatus: status } },
    });
    expect(refused.body['detail']).toMatch(/in brackets/);
  });

  it.each([
    ['INTERNAL_ERROR', 'Internal error', 200],
    ['INTERNAL_ERROR', 'Internal error', 400],
    ['INTERNAL_ERROR', 'Internal error', 403],
    ['', 'humanresources module is not installed', 400],
  ])('that fails with %j %s and %i may exist, and is not sent again', async (error, description, status) => {
    const before = await desk.received(send);
    await desk.fail(send, { error, description, status, executes: true });

    const { status: answered, body } = await signing();

    const platform = { code: error, message: description, httpStatus: status };
    expect([answered, body['state']]).toEqual([202, 'indeterminate']);
    expect(body['failure']).toMatchObject({ platform, message: expect.stringMatching(/may exist/) });
    expect(await desk.received(send)).toEqual([before[0] + 1, before[1] + 1]);
  });

  it('shows the state of the document and of its members as people sign, with the events of each change', async () => {
    await desk.control('signing', { bornAs: 'new' });
    const { body } = await signing();
    await desk.control('signing', { bornAs: 'signing' });
    const path = `/v1/processes/${String(body['id'])}`;
    const shown = [shownOf(body)];

    for (const step of ['begin', 'sign', 'sign']) {
      await desk.control(`documents/${String(body['nativeId'])}`, { step });
      shown.push(shownOf((await desk.get('/v1/processes/{id}', `${path}?refresh=true`)).body));
    }

    expect(shown).toEqual([
      ['running', 'new', 'wait', 'wait'],
      ['running', 'signing', 'ready', 'wait'],
      ['running', 'signing', 'done', 'ready'],
      ['completed', 'done', 'done', 'done'],
    ]);
    const { body: history } = await desk.get('/v1/processes/{id}/history', `${path}/history?limit=200`);
    const events: readonly { type: string; data: Record<string, unknown> }[] = Object(history['items']);
    expect(
      events
        .filter(({ type }) => type.startsWith('signing.'))
        .map(({ type, data }) => [type, data['from'], data['to']]),
    ).toEqual([
      ['signing.document-status-changed', 'new', 'signing'],
      ['signing.member-status-changed', 'wait', 'ready'],
      ['signing.member-status-changed', 'ready', 'done'],
      ['signing.member-status-changed', 'wait', 'ready'],
      ['signing.document-status-changed', 'signing', 'done'],
      ['signing.member-status-changed', 'ready', 'done'],
    ]);
  });

  it('in a state that nobody has described goes on, and the log says so once', async () => {
    const { body } = await signing();
    await desk.control(`documents/${String(body['nativeId'])}`, { state: 'asleep' });

    const path = `/v1/processes/${String(body['id'])}?refresh=true`;
    await desk.get('/v1/processes/{id}', path);
    const process = await desk.get('/v1/processes/{id}', path);

    expect(process.body).toMatchObject({ state: 'running', nativeState: 'asleep' });
    const lines = desk.lines.filter((line) => line.includes('portal.strange-answer'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/sandbox-bitrix24-app.*asleep/s);
  });

  it.each([
    ['refuse', 'failed', 'failed'],
    ['stop', 'terminated', 'stopped'],
  ])('that people %s has %s', async (step, state, conclusion) => {
    const { body } = await signing();
    await desk.control(`documents/${String(body['nativeId'])}`, { step });

    const path = `/v1/processes/${String(body['id'])}?refresh=true`;
    const process = await desk.get('/v1/processes/{id}', path);

    expect(process.body).toMatchObject({ state, conclusion, nativeState: 'stopped', evidence: 'platform_reported' });
  });
});

/** How a process of a document stands: its state, the document's, and each member's. */
function shownOf(process: Told['body']): readonly unknown[] {
  const { members } = Object(process['result']);
  return [
    process['state'],
    process['nativeState'],
    ...members.map((member: { state: { code: string } }) => member.state.code),
  ];
}

describe('an authorization server that refuses', () => {
  it.each([
    ['invalid_grant', 400, 'reauthorization', 'reauthorization_required', /consent again/],
    ['invalid_client', 401, 'reauthorization', 'reauthorization_required', /id and secret/],
    ['wrong_client', 200, 'reauthorization', 'reauthorization_required', /clientId/],
    ['NOT_INSTALLED', 401, 'reauthorization', 'reauthorization_required', /Install it/],
    ['PAYMENT_REQUIRED', 403, 'degraded', 'degraded', /paid/],
    ['invalid_request', 400, 'retry', 'active', /^$/],
    ['invalid_scope', 403, 'retry', 'active', /^$/],
    ['insufficient_scope', 403, 'retry', 'active', /^$/],
  ])('with %s and %i keeps the start, waiting for %s', async (error, status, reason, state, remedy) => {
    const auth = { ...Object((await credentials()).auth) };
    const connection = await desk.newConnection({ ...auth, accessToken: 'void' });
    const before = await desk.received(send);
    await desk.control('errors', { method: 'oauth/token', error, status });

    const { status: accepted, body } = await signing({}, connection, 'wait=2');
    const { state: found, stateReason } = await desk.connection(connection);
    await desk.mend('oauth/token');

    expect([accepted, body['state'], body['waitingFor']]).toMatchObject([202, 'queued', { reason }]);
    expect(found).toBe(state);
    expect(stateReason ?? '').toMatch(remedy);
    // The portal was asked once with the void token; the document itself was never made.
    expect((await desk.received(send))[1]).toBe(before[1]);
  });
});

/** Those of the application that the simulated portal knows. */
async function credentials(): Promise<{ auth: object }> {
  const { body } = await desk.get('/v1/connections/{key}', `/v1/connections/${application}`);
  const { clientId, tokenUrl } = Object(body['auth']);
  return { auth: { type: 'oauth', clientId, tokenUrl, clientSecret: 'sandbox-client-secret', refreshToken: 'any' } };
}
