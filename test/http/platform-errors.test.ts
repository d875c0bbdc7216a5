import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PlatformDesk, type OrderedError } from './platform-desk.js';

const desk = new PlatformDesk();
beforeAll(() => desk.open());
afterAll(() => desk.close());

const portal = 'sandbox-bitrix24';
const startMethod = 'bizproc.workflow.start';
const said = (error: unknown, status: number, description = 'Текст портала'): OrderedError => ({
  error,
  status,
  description,
});

describe('a start that the portal refuses', () => {
  it.each([
    [said('ERROR_WRONG_WORKFLOW_ID', 400), /definitions/],
    [said('', 400, 'Wrong DOCUMENT_ID!'), /Check subject/],
    [said('ACCESS_DENIED', 403), /right/],
    [said('ACCESS_DENIED', 401, 'REST is available only on commercial plans.'), /tariff/],
    [said('insufficient_scope', 401), /"bizproc"/],
    [said('WRONG_AUTH_TYPE', 403), /"oauth"/],
    [said('ERROR_METHOD_NOT_FOUND', 404), /tariff/],
    [said('ACCESS_DENIED', 200), /right/],
  ])('%j is 422 with its words and a remedy, and nothing runs', async (error, remedy) => {
    const before = await desk.received(startMethod);
    await desk.fail(startMethod, error);

    const { status, body } = await desk.start(portal);
    const process = await desk.processWhere(body['processId'], () => true);

    const platform = { code: error.error, message: error.description, httpStatus: error.status };
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'platform-rejected', outcome: 'not_executed', retryable: false, platform });
    expect(body['detail']).toMatch(remedy);
    expect(process).toMatchObject({ state: 'rejected', failure: { message: body['detail'], platform } });
    expect(await desk.received(startMethod)).toEqual([before[0] + 1, before[1]]);
  });
});

describe('a start whose failure does not say what ran', () => {
  it.each([
    [said('', 400, 'Превышен лимит процессов'), true, ''],
    [said('ERROR_CORE', 400), true, 'ERROR_CORE'],
    [said('ERROR_ARGUMENT', 400), false, 'ERROR_ARGUMENT'],
    [said('INTERNAL_SERVER_ERROR', 500), true, 'INTERNAL_SERVER_ERROR'],
    [said('METHOD_CONFIRM_WAITING', 401), false, 'METHOD_CONFIRM_WAITING'],
    [said('0', 400), false, '0'],
    [said(510, 400), false, '510'],
    [said({ code: 'ACCESS_DENIED', message: 'No' }, 403), false, '{"code":"ACCESS_DENIED","message":"No"}'],
  ])('%j, whether it ran (%j) or not, is indeterminate, and is sent once', async (error, executes, code) => {
    const before = await desk.received(startMethod);
    await desk.fail(startMethod, { ...error, executes });

    const { status, body } = await desk.start(portal);

    const platform = { code, message: error.description, httpStatus: error.status };
    expect([status, body['state']]).toEqual([202, 'indeterminate']);
    expect(body['failure']).toMatchObject({ code: 'platform-outcome-unknown', platform });
    expect(body['failure']).toMatchObject({ message: expect.stringMatching(/^[A-Z].{20,}\.$/s) });
    expect(await desk.received(startMethod)).toEqual([before[0] + 1, before[1] + (executes ? 1 : 0)]);
  });
});

describe('a start that the portal asks to wait with', () => {
  it.each([said('CONNECTION_ERROR', 401), said('QUERY_LIMIT_EXCEEDED', 503)])(
    '%j goes again and runs once',
    async (error) => {
      const before = await desk.received(startMethod);
      await desk.fail(startMethod, error);

      const { body } = await desk.start(await desk.newConnection());
      await desk.processWhere(body['id'], ({ state }) => state === 'running');

      expect(await desk.received(startMethod)).toEqual([before[0] + 2, before[1] + 1]);
    },
  );
});

describe('a connection whose portal is closed', () => {
  it.each([
    ['OVERLOAD_LIMIT', 401, /vendor's support/],
    ['PAYMENT_REQUIRED', 401, /paid/],
    ['WRONG_LICENSE', 403, /tariff/],
    ['PORTAL_DELETED', 403, /restore/],
    ['INVALID_REQUEST', 400, /https/],
  ])(
    'by %s keeps the start, says what to do, and sends it once when it is open again',
    async (code, status, remedy) => {
      const before = await desk.received(startMethod);
      const connection = await desk.newConnection();
      const methods = [startMethod, 'bizproc.workflow.template.list', 'profile', 'server.time'];
      for (const method of methods) await desk.control('errors', { method, error: code, status });

      const { status: accepted, body } = await desk.start(connection, 'wait=1');
      const closed = await desk.connection(connection);
      const incidents = await desk.get('/v1/incidents', `/v1/incidents?connection=${connection}&state=open`);
      const read = await desk.get('/v1/connections/{key}/definitions', `/v1/connections/${connection}/definitions`);
      for (const method of methods) await desk.mend(method);
      await desk.post('/v1/connections/{key}/test', {}, `/v1/connections/${connection}/test`);
      await desk.processWhere(body['id'], ({ state }) => state === 'running');

      expect(accepted).toBe(202);
      expect(body).toMatchObject({ state: 'queued', waitingFor: { reason: 'degraded' } });
      expect(closed).toMatchObject({ state: 'degraded', stateReason: expect.stringMatching(remedy) });
      expect(incidents.body['items']).toMatchObject([{ kind: 'portal-closed' }]);
      expect(read).toMatchObject({ status: 503, body: { code: 'platform-unavailable', platform: { code } } });
      expect(read.body['detail']).toMatch(remedy);
      expect(await desk.received(startMethod)).toEqual([before[0] + 2, before[1] + 1]);
    },
  );
});

describe('a connection whose credentials the portal refuses', () => {
  it.each([
    ['INVALID_CREDENTIALS', 401, /new inbound webhook/],
    ['NO_AUTH_FOUND', 401, /credentials/],
    ['user_access_error', 403, /give that user access/],
    ['authorization_error', 401, /another user/],
    ['APPLICATION_NOT_FOUND', 401, /Install it again/],
    ['ERROR_OAUTH', 401, /not finished/],
    ['expired_token', 401, /new inbound webhook/],
  ])('by %s keeps the start, says what to do, and takes no more', async (code, status, remedy) => {
    const connection = await desk.newConnection();
    await desk.fail(startMethod, { error: code, status });

    const { status: accepted, body } = await desk.start(connection, 'wait=1');
    const next = await desk.start(connection);

    expect(accepted).toBe(202);
    expect(body).toMatchObject({ state: 'queued', waitingFor: { reason: 'reauthorization' } });
    expect(await desk.connection(connection)).toMatchObject({
      state: 'reauthorization_required',
      stateReason: expect.stringMatching(remedy),
    });
    expect(next).toMatchObject({ status: 409, body: { code: 'connection-reauthorization-required', retryable: true } });
    expect(next.body['detail']).toMatch(remedy);
  });
});

describe('a stop that the portal refuses', () => {
  it.each([
    [said('ACCESS_DENIED', 403), 'platform-permission-denied', /administrator/],
    [said('insufficient_scope', 401), 'platform-permission-denied', /"bizproc"/],
    [said('WRONG_AUTH_TYPE', 403), 'capability-not-supported', /"oauth"/],
    [said('ERROR_METHOD_NOT_FOUND', 404), 'plan-restricted', /tariff/],
    [said('ERROR_WRONG_WORKFLOW_ID', 400), 'platform-rejected', /id of this run/],
  ])('%j is 422 %s, and the run goes on', async (error, code, remedy) => {
    const { body } = await desk.start(portal);
    const path = `/v1/processes/${String(body['id'])}`;
    await desk.fail('bizproc.workflow.terminate', error);

    const refused = await desk.post('/v1/processes/{id}/terminate', {}, `${path}/terminate`);
    const process = await desk.get('/v1/processes/{id}', path);

    const platform = { code: error.error, message: error.description, httpStatus: error.status };
    expect(refused).toMatchObject({ status: 422, body: { code, outcome: 'not_executed', platform } });
    expect(refused.body['detail']).toMatch(remedy);
    expect(process.body).toMatchObject({ state: 'running', failure: { code, platform } });
  });
});

describe('a read that the portal refuses', () => {
  const list = 'bizproc.workflow.template.list';
  it.each([
    [said('ACCESS_DENIED', 403), 422, 'platform-permission-denied', /administrator/],
    [said('insufficient_scope', 401, ''), 422, 'platform-permission-denied', /"bizproc"/],
    [said('ERROR_METHOD_NOT_FOUND', 404), 422, 'plan-restricted', /tariff/],
    [said('WRONG_AUTH_TYPE', 403), 422, 'capability-not-supported', /"oauth"/],
    [said('INVALID_CREDENTIALS', 401), 409, 'connection-reauthorization-required', /new inbound webhook/],
    [said('OVERLOAD_LIMIT', 401), 503, 'platform-unavailable', /vendor's support/],
    [said('ERROR_CORE', 400), 502, 'platform-bad-response', /own words/],
    [said('', 400), 502, 'platform-bad-response', /own words/],
  ])('%j is %i %s, with a remedy', async (error, status, code, remedy) => {
    const connection = await desk.newConnection();
    await desk.control('errors', { method: list, ...error });

    const refused = await desk.get('/v1/connections/{key}/definitions', `/v1/connections/${connection}/definitions`);
    await desk.mend(list);

    // A command of a batch carries no status of its own.
    const platform = { code: error.error, message: error.description, httpStatus: null };
    expect(refused).toMatchObject({ status, body: { code, outcome: 'not_executed', platform } });
    expect(refused.body['detail']).toMatch(remedy);
  });

  it('of one process is 424 with the stored copy', async () => {
    const { body } = await desk.start(portal);
    await desk.fail('bizproc.workflow.instances', said('ACCESS_DENIED', 403));

    const refused = await desk.get('/v1/processes/{id}', `/v1/processes/${String(body['id'])}?refresh=true`);

    expect(refused).toMatchObject({
      status: 424,
      body: { code: 'live-read-failed', process: { state: 'running' }, platform: { code: 'ACCESS_DENIED' } },
    });
    expect(refused.body['detail']).toMatch(/administrator/);
  });
});
