import { until } from '../until.js';
import { IncidentDesk, newKey, workflow, type Answer, type Body, type Seen } from './incident-desk.js';

let desk: IncidentDesk;

beforeAll(async () => {
  desk = await IncidentDesk.open();
}, 60_000);
afterAll(() => desk?.close());

/** The only incident of a kind that is open. */
function opened(kind: string): Promise<Seen> {
  return until(
    async () => {
      const { body } = await desk.get('GET /v1/incidents', `/v1/incidents?state=open&kind=${kind}`);
      const [found]: Body[] = Array.isArray(body['items']) ? body['items'] : [];
      return found && desk.incident(String(found['id']));
    },
    `an incident ${kind}`,
    20_000,
  );
}

async function open(kind: string, processId: string | null, candidates: readonly Body[] = []): Promise<Seen> {
  await desk.database.query(
    `with mine as (
       update processes set open_incidents = array[$1], has_incident = true where id = $2 returning id, connection
     )
     insert into incidents (id, kind, process_id, connection, candidates)
     select gen_random_uuid(), $1, $2, (select connection from mine), $3`,
    [kind, processId, JSON.stringify(candidates)],
  );
  return opened(kind);
}

describe('a restored database', () => {
  let incident: Seen;
  let held: Answer;

  beforeAll(async () => {
    await desk.database.query(`insert into database_holds (id, because) values (gen_random_uuid(), 'test')`);
    incident = await open('database-restored', null);
    held = await desk.start(workflow('1'), 'held');
  });

  it('holds starts, and its incident says what can be done', () => {
    expect(held).toMatchObject({ status: 202, body: { state: 'queued', waitingFor: { reason: 'restored' } } });
    expect(incident.body).toMatchObject({ connection: null, processId: null, actions: ['adopt', 'release'] });
  });

  it('is not for a client that sees a part of the house', async () => {
    const part = await desk.client({ scopes: ['incidents:read'], connections: ['sandbox-bitrix24'] });

    expect((await desk.incident(incident.id, part)).body).toMatchObject({ status: 404 });
  });

  it('lets a held start be given its run, and goes on', async () => {
    const id = String(held.body['id']);
    const nativeId = '66e81a641752f8.00000002';
    const key = newKey();
    const body = { action: 'adopt', nativeId, processId: id };
    const answer = await desk.resolve(incident, body, { 'idempotency-key': key });

    expect(answer).toMatchObject({ status: 200, body: { state: 'open', relatedProcessIds: [id], resolution: null } });
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(await desk.process(id)).toMatchObject({ nativeId, adoption: 'operator', waitingFor: null });
    const repeated = await desk.resolve(incident, body, { 'idempotency-key': key });
    expect(repeated.body).toEqual(answer.body);
    expect((await desk.start(workflow('1'), 'held')).status).toBe(201);
    expect(await desk.resolve(incident, { ...body, nativeId: 'x.1' })).toMatchObject({ status: 412 });
    incident = await desk.incident(incident.id);
    expect(await desk.resolve(incident, { ...body, nativeId: 'x.1' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state' },
    });
  });

  it('asks for the process', async () => {
    expect(await desk.resolve(incident, { action: 'adopt', nativeId: 'x.1' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/processId' }] },
    });
  });

  it('is not released before its requests can be running no more', async () => {
    expect(await desk.resolve(incident, { action: 'release' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state', detail: expect.stringContaining('until') },
    });
    expect((await desk.incident(incident.id)).body).toMatchObject({ state: 'open' });
  });

  it('goes on when it is released', async () => {
    const waiting = await desk.start(workflow('1'));
    await desk.database.query(`update database_holds set noticed_at = noticed_at - interval '2 hours'`);
    const answer = await desk.resolve(incident, { action: 'release', reason: 'nothing else ran' });

    expect(answer).toMatchObject({
      status: 200,
      body: { state: 'resolved', resolution: { action: 'release', reason: 'nothing else ran' }, actions: [] },
    });
    const id = String(waiting.body['id']);
    await until(async () => (await desk.process(id))['state'] === 'running', 'the held start to run');
    const { rows } = await desk.database.query('select released_by from database_holds');
    expect(rows).toEqual([{ released_by: expect.any(String) }]);
    await desk.database.query('delete from database_holds');
  });
});

describe('a second run, and a stop that does not end', () => {
  it.each(['second-run', 'stop-stuck'])('%s is acknowledged, and the process stays as it is', async (kind) => {
    const { body } = await desk.start(workflow('1'));
    const id = String(body['id']);
    const incident = await open(kind, id, [{ nativeId: 'second.1', reasons: ['it ran'] }]);
    const answer = await desk.resolve(incident, { action: 'acknowledge', reason: 'seen' });

    expect(incident.body).toMatchObject({ actions: ['acknowledge'], candidates: [{ nativeId: 'second.1' }] });
    expect(answer).toMatchObject({ status: 200, body: { state: 'resolved', resolution: { action: 'acknowledge' } } });
    expect(await desk.process(id)).toMatchObject({ state: 'running', hasIncident: false });
    expect((await desk.history(id)).map(({ type }) => type)).toContain('incident.resolved');
  });

  it('takes nothing else', async () => {
    const { body } = await desk.start(workflow('1'));
    const incident = await open('second-run', String(body['id']));

    expect(await desk.resolve(incident, { action: 'resend' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state' },
    });
  });
});

describe('a run without a name', () => {
  it('is adopted, and its start is answered as before', async () => {
    const lost = await desk.start({ connection: 'sandbox-creatio', definition: 'UsrWaiting' });
    const id = String(lost.body['id']);
    const nativeId = String(lost.body['nativeId']);
    await desk.database.query(
      `with bare as (update processes set native_id = null, revision = revision + 1 where id = $1)
       delete from native_ids where process_id = $1`,
      [id],
    );
    const incident = await open('unidentified-run', id);
    const answer = await desk.resolve(incident, { action: 'adopt', nativeId });

    expect(incident.body).toMatchObject({ actions: ['adopt', 'acknowledge'] });
    expect(answer).toMatchObject({ status: 200, body: { state: 'resolved' } });
    expect(await desk.process(id)).toMatchObject({ state: 'running', nativeId, adoption: 'operator' });
  });
});

describe('a connection whose credentials are refused', () => {
  it('has one incident, which ends by itself with new credentials', async () => {
    const creatio = await desk.get('GET /v1/connections/{key}', '/v1/connections/sandbox-creatio');
    const auth = { type: 'forms', username: 'nobody', password: 'wrong' };
    const created = await desk.post('/v1/connections', '/v1/connections', {
      key: 'refused',
      platform: 'creatio',
      name: 'Refused',
      baseUrl: creatio.body['baseUrl'],
      auth,
    });
    expect(created.status).toBe(201);
    await desk.post('/v1/connections/{key}/test', '/v1/connections/refused/test', undefined);
    const incident = await opened('reauthorization-required');
    expect(incident.body).toMatchObject({ connection: 'refused', processId: null, actions: ['acknowledge'] });

    const put = await desk.ask('PUT', '/v1/connections/{key}/credentials', '/v1/connections/refused/credentials', auth);
    expect(put.status).toBe(204);
    expect((await desk.incident(incident.id)).body).toMatchObject({
      state: 'resolved',
      resolution: { action: 'found', by: 'gateway' },
    });
  });

  it('may be acknowledged', async () => {
    await desk.post('/v1/connections/{key}/test', '/v1/connections/refused/test', undefined);
    const incident = await opened('reauthorization-required');
    const answers = await Promise.all([1, 2].map(() => desk.resolve(incident, { action: 'acknowledge' })));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const part = await desk.client({ scopes: ['incidents:read'], connections: ['sandbox-bitrix24'] });
    expect((await desk.incident(incident.id, part)).body).toMatchObject({ status: 404 });
  });
});
