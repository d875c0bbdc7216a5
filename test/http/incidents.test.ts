import { until } from '../until.js';
import { IncidentDesk, newKey, workflow, type Body, type Seen } from './incident-desk.js';

let desk: IncidentDesk;

beforeAll(async () => {
  desk = await IncidentDesk.open();
}, 60_000);
afterAll(() => desk?.close());

/** A start whose outcome nobody knows, with its incident; nothing of it can be running any more. */
async function overdue(definition = '7', more: Body = {}) {
  const lost = await desk.lost(definition, more);
  const incident = await desk.incidentOf(lost.id);
  await desk.letLifeEnd(lost.id);
  return { ...lost, incident };
}

/** Two starts of one lane that ran and whose answers were lost: which run is whose nobody can say. */
async function ambiguous(): Promise<{ one: { id: string }; incident: Seen; other: Seen; runs: string[] }> {
  const one = await desk.lost('6');
  const two = await desk.lost('6');
  const [incident, other] = [await desk.incidentOf(one.id), await desk.incidentOf(two.id)];
  return { one, incident, other, runs: candidatesOf(incident) };
}

function candidatesOf({ body }: Seen): string[] {
  const list: unknown = body['candidates'];
  return Array.isArray(list) ? list.map((one: Body) => String(one['nativeId'])) : [];
}

describe('a start whose run was not found', () => {
  it('has an incident that says what can be done', async () => {
    const { id } = await desk.lost();
    const { body, etag } = await desk.incidentOf(id);

    expect(body).toMatchObject({
      kind: 'outcome-unknown',
      state: 'open',
      connection: 'sandbox-bitrix24',
      processId: id,
      webhookId: null,
      actions: ['adopt', 'confirm_not_started', 'resend'],
      candidates: [],
      resolution: null,
      resolvedAt: null,
    });
    expect(etag).toBe('"1"');
    const process = await desk.process(id);
    expect(process).toMatchObject({ hasIncident: true });
    expect(Object.keys(Object(process['links']))).toEqual(expect.arrayContaining(['close', 'incidents']));
    const list = await desk.get('GET /v1/processes', '/v1/processes?hasIncident=true&limit=200');
    expect(JSON.stringify(list.body)).toContain(id);
  });

  it.each(['confirm_not_started', 'resend'])('takes no %s while its request may still be running', async (action) => {
    const { id } = await desk.lost();
    const answer = await desk.resolve(await desk.incidentOf(id), { action });

    expect(answer).toMatchObject({ status: 409, body: { code: 'invalid-state', processId: id } });
    expect(String(answer.body['detail'])).toMatch(/may still be running until \d{4}-/);
    expect(await desk.process(id)).toMatchObject({ state: 'indeterminate' });
  });

  it.each([
    ['confirm_not_started', {}],
    ['resend', {}],
    ['adopt', { nativeId: '1.2' }],
  ])('takes no %s while an attempt is out', async (action, more) => {
    const { id, incident } = await overdue();
    await desk.database.query('update attempts set class = null where process_id = $1', [id]);
    const answer = await desk.resolve(incident, { action, ...more });
    await desk.database.query(`update attempts set class = 'unknown' where process_id = $1`, [id]);

    expect(answer).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  it('takes no confirm_not_started while the life of requests from before a restore is not over', async () => {
    const { incident } = await overdue();
    await desk.database.query(
      `insert into database_holds (id, because, released_at) values (gen_random_uuid(), 'test', clock_timestamp())`,
    );
    const answer = await desk.resolve(incident, { action: 'confirm_not_started' });
    await desk.database.query('delete from database_holds');

    expect(answer).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  it('takes no acknowledgement, which would leave it unknown', async () => {
    const { incident } = await overdue();

    expect(await desk.resolve(incident, { action: 'acknowledge' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state' },
    });
  });
});

describe('that nothing started, by the word of an operator', () => {
  it('rejects the process, for whoever repeats the start too', async () => {
    const { id, key, fields, incident } = await overdue();
    const answer = await desk.resolve(incident, { action: 'confirm_not_started', reason: 'the document shows no run' });

    expect(answer).toMatchObject({
      status: 200,
      body: {
        state: 'resolved',
        actions: [],
        resolution: { action: 'confirm_not_started', reason: 'the document shows no run' },
      },
    });
    expect(JSON.stringify(answer.body['resolution'])).toContain('not listed any more');
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(await desk.process(id)).toMatchObject({
      state: 'rejected',
      conclusion: 'not_started',
      evidence: 'operator',
      hasIncident: false,
      failure: { message: expect.stringContaining('the document shows no run') },
    });
    const repeated = await desk.start(fields, key);
    expect(repeated).toMatchObject({ status: 422, body: { code: 'platform-rejected', processId: id } });
    expect((await desk.history(id)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['incident.opened', 'process.rejected', 'incident.resolved']),
    );
    expect(desk.lines.some((line) => line.includes('"incident.resolved"') && line.includes(incident.id))).toBe(true);
  });

  it('gives way to an answer that comes after all', async () => {
    const { id, incident } = await overdue();
    await desk.resolve(incident, { action: 'confirm_not_started' });
    await desk.database.query(
      `update attempts set class = 'accepted', native_id = 'late.1', kept = true where process_id = $1`,
      [id],
    );
    const revised = await until(async () => {
      const process = await desk.process(id);
      return process['state'] !== 'rejected' && process;
    }, 'the late answer to be read');

    expect(revised).toMatchObject({ nativeId: 'late.1', adoption: 'reconciled_exact' });
    expect((await desk.history(id)).map(({ type }) => type)).toContain('process.outcome-revised');
  });
});

describe('a resend that an operator orders', () => {
  it('sends the same process once more', async () => {
    const { id, incident } = await overdue();
    const before = await desk.startsReceived();
    const answer = await desk.resolve(incident, { action: 'resend' });

    expect(answer).toMatchObject({ status: 200, body: { state: 'resolved', resolution: { action: 'resend' } } });
    const again = await until(async () => {
      const process = await desk.process(id);
      return process['attempts'] === 2 && process['state'] === 'indeterminate' && process;
    }, 'the second attempt to be lost as well');
    expect(again).toMatchObject({ id });
    expect(await desk.startsReceived()).toBe(before + 1);
    expect((await desk.history(id)).map(({ type }) => type)).toContain('operation.resent');
    expect((await desk.incidentOf(id)).id).not.toBe(incident.id);
  });

  it('begins the time to start anew', async () => {
    const { id, incident } = await overdue('7', { startWithinSeconds: 600 });
    await desk.database.query(`update processes set start_before = start_before - interval '1 day' where id = $1`, [
      id,
    ]);
    await desk.resolve(incident, { action: 'resend' });

    const attempts = await until(async () => {
      const count = (await desk.process(id))['attempts'];
      return count !== 1 && count;
    }, 'the second attempt');
    expect(attempts).toBe(2);
  });

  it('is refused where a stop was accepted', async () => {
    const { id, incident } = await overdue();
    await desk.post(
      '/v1/processes/{id}/terminate',
      `/v1/processes/${id}/terminate`,
      { whenFound: true },
      { prefer: 'respond-async' },
    );
    const before = await desk.startsReceived();

    expect((await desk.incident(incident.id)).body['actions']).toEqual(['adopt', 'confirm_not_started']);
    expect(await desk.resolve(incident, { action: 'resend' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state', detail: expect.stringContaining('stop') },
    });
    expect(await desk.startsReceived()).toBe(before);
  });

  it('is marked safe where the portal keeps run ids', async () => {
    const { id } = await desk.lost();
    const incident = await desk.incidentOf(id);
    await desk.database.query('delete from run_ids');
    await desk.database.query(
      `update connections set settings = settings || '{"runIds": "match"}', version = version + 1 where key = 'sandbox-bitrix24'`,
    );
    await desk.database.query(
      `insert into run_ids (connection, kept_at, seen) values ('sandbox-bitrix24', array[clock_timestamp(), clock_timestamp(), clock_timestamp()], 3)
       on conflict (connection) do update set kept_at = excluded.kept_at, ignored_at = null`,
    );
    const marked = await until(async () => {
      const { body } = await desk.incident(incident.id);
      return JSON.stringify(body['candidates']).includes('Resend is safe') && body;
    }, 'the mark');
    await desk.database.query('delete from run_ids');
    const unmarked = (await desk.incident(incident.id)).body;
    await desk.database.query(
      `update connections set settings = settings || '{"runIds": "off"}', version = version + 1 where key = 'sandbox-bitrix24'`,
    );

    expect(unmarked['candidates']).toEqual([]);
    expect(marked['candidates']).toEqual([
      expect.objectContaining({ nativeId: expect.stringMatching(/^[\da-f]{32}$/) }),
    ]);
  });
});

describe('a run that an operator adopts', () => {
  it('is the run of the process, and no candidate of its sibling any more', async () => {
    const { one, incident, other, runs } = await ambiguous();
    expect(runs.length).toBeGreaterThanOrEqual(2);
    const [nativeId = ''] = runs;
    const answer = await desk.resolve(incident, { action: 'adopt', nativeId });

    expect(answer).toMatchObject({
      status: 200,
      body: { state: 'resolved', resolution: { action: 'adopt', nativeId } },
    });
    expect(await desk.process(one.id)).toMatchObject({
      state: 'running',
      nativeId,
      adoption: 'operator',
      evidence: 'platform_reported',
      hasIncident: false,
    });
    const sibling = await desk.incident(other.id);
    expect(candidatesOf(sibling)).not.toContain(nativeId);
    expect(sibling.body['relatedProcessIds']).toContain(one.id);
    expect(await desk.resolve(sibling, { action: 'adopt', nativeId })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
  });

  it('answers a repeated start', async () => {
    const lost = await desk.lost('6');
    await desk.lost('6');
    const incident = await desk.incidentOf(lost.id);
    const [nativeId = ''] = candidatesOf(incident);
    await desk.resolve(incident, { action: 'adopt', nativeId });

    expect(await desk.start(lost.fields, lost.key)).toMatchObject({ status: 201, body: { id: lost.id, nativeId } });
  });

  it('ends where the portal lists it no more', async () => {
    const { id } = await desk.lost();
    await desk.resolve(await desk.incidentOf(id), { action: 'adopt', nativeId: '66e81a641752f8.00000001' });

    const ended = await until(async () => {
      const process = await desk.process(id);
      return process['state'] === 'ended' && process;
    }, 'two looks that do not find it');
    expect(ended).toMatchObject({ evidence: 'inferred_absence', conclusion: 'unknown', adoption: 'operator' });
  });

  it('has to be one that a platform knows which keeps what has ended', async () => {
    const { body } = await desk.start({
      connection: 'sandbox-creatio',
      definition: 'UsrReset',
      onIndeterminate: 'continue',
    });
    const incident = await desk.incidentOf(String(body['id']));
    const answer = await desk.resolve(incident, { action: 'adopt', nativeId: '5c4e3a00-0000-4000-8000-000000009999' });

    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/nativeId' }] },
    });
  });
});

describe('the door of resolutions', () => {
  it('asks for the version that was read', async () => {
    const { incident } = await overdue();
    const path = `/v1/incidents/${incident.id}/resolve`;
    const body = { action: 'confirm_not_started', reason: 'looked' };
    const without = await desk.post('/v1/incidents/{id}/resolve', path, body);

    expect(without).toMatchObject({ status: 428, body: { code: 'precondition-required' } });
    expect(await desk.resolve({ ...incident, etag: '"7"' }, body)).toMatchObject({
      status: 412,
      body: { code: 'precondition-failed' },
    });
  });

  it.each([
    ['an unknown field', { action: 'resend', extra: 1 }, 400],
    ['an unknown action', { action: 'ignore' }, 422],
    ['no reason', { action: 'resend', reason: undefined }, 422],
    ['an adoption without a run', { action: 'adopt' }, 422],
  ])('refuses %s', async (_, body, status) => {
    const { id } = await desk.lost();

    expect((await desk.resolve(await desk.incidentOf(id), body)).status).toBe(status);
  });

  it('lets one of two operators win', async () => {
    const { id, incident } = await overdue();
    const answers = await Promise.all(
      ['one', 'two'].map((reason) => desk.resolve(incident, { action: 'confirm_not_started', reason })),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const resolved = (await desk.history(id)).filter(({ type }) => type === 'incident.resolved');
    expect(resolved).toHaveLength(1);
  });

  it('answers a repetition as before, and does nothing again', async () => {
    const { id, incident } = await overdue();
    const body = { action: 'resend', reason: 'once more' };
    const headers = { 'idempotency-key': newKey() };
    const first = await desk.resolve(incident, body, headers);
    await until(async () => (await desk.process(id))['attempts'] === 2, 'the second attempt');
    const again = await desk.resolve(incident, body, headers);

    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await desk.history(id)).filter(({ type }) => type === 'operation.resent')).toHaveLength(1);
    expect(await desk.resolve(incident, { ...body, reason: 'other' }, headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    const key = await desk.get('GET /v1/idempotency-keys/{key}', `/v1/idempotency-keys/${headers['idempotency-key']}`);
    expect(key.body).toMatchObject({ state: 'done', httpStatus: 200, operationId: null, processId: id });
  });

  it('says that a resolved one is resolved', async () => {
    const { incident } = await overdue();
    await desk.resolve(incident, { action: 'confirm_not_started' });

    expect(await desk.resolve(await desk.incident(incident.id), { action: 'resend' })).toMatchObject({
      status: 409,
      body: { code: 'invalid-state' },
    });
  });

  it('shows and takes only what the caller may do', async () => {
    const { incident } = await overdue();
    const resolver = await desk.client({ scopes: ['incidents:read', 'incidents:resolve'] });
    const stranger = await desk.client({
      scopes: ['incidents:read', 'incidents:resolve'],
      connections: ['sandbox-creatio'],
    });
    const own = await desk.client({ scopes: ['incidents:read'], sees: 'own' });

    expect((await desk.incident(incident.id, resolver)).body['actions']).toEqual(['adopt', 'confirm_not_started']);
    expect(await desk.resolve(incident, { action: 'resend' }, resolver)).toMatchObject({
      status: 403,
      body: { code: 'insufficient-scope' },
    });
    for (const key of [stranger, own]) {
      expect((await desk.incident(incident.id, key)).body).toMatchObject({ status: 404, code: 'not-found' });
      const list = await desk.get('GET /v1/incidents', '/v1/incidents?limit=200', key);
      expect(JSON.stringify(list.body)).not.toContain(incident.id);
    }
    expect((await desk.resolve(incident, { action: 'confirm_not_started' }, stranger)).status).toBe(404);
  });
});

describe('the list of incidents', () => {
  it('is read in pages, newest first, by filters', async () => {
    await overdue();
    const kind = 'kind=outcome-unknown&connection=sandbox-bitrix24&state=open';
    const first = await desk.get('GET /v1/incidents', `/v1/incidents?${kind}&limit=1`);
    const cursor = String(first.body['nextCursor']);
    const second = await desk.get('GET /v1/incidents', `/v1/incidents?${kind}&limit=1&cursor=${cursor}`);
    const ids = [first, second].map(({ body }) => (Array.isArray(body['items']) ? String(body['items'][0].id) : ''));

    expect(new Set(ids).size).toBe(2);
    expect(ids[0] && ids[1] && ids[0] > ids[1]).toBe(true);
    expect(first.headers.get('link')).toContain('rel="next"');
    const none = await desk.get('GET /v1/incidents', '/v1/incidents?connection=nowhere');
    expect(none.body).toEqual({ items: [], nextCursor: null });
    expect((await desk.get('GET /v1/incidents', '/v1/incidents?kind=nonsense')).status).toBe(400);
  });

  it('is counted by kind', async () => {
    await overdue();
    const answer = await fetch(`${desk.gateway.url}/metrics`);

    expect(await answer.text()).toMatch(/bpmgw_incidents_open\{kind="outcome-unknown"\} [1-9]/);
  });
});

describe('a process that an operator closes', () => {
  it('waits for its requests to be over while it is unknown', async () => {
    const { id } = await desk.lost();

    expect(await desk.closeProcess(id, 'ended')).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  it.each([
    ['completed', 201],
    ['rejected', 422],
  ])('as %s answers whoever repeats its start with %i', async (as, status) => {
    const { id, key, fields, incident } = await overdue();
    const closing = newKey();
    const answer = await desk.closeProcess(id, as, closing);

    expect(answer).toMatchObject({ status: 200, body: { state: as, evidence: 'operator', hasIncident: false } });
    expect(answer.headers.get('location')).toContain(`/v1/processes/${id}`);
    expect((await desk.incident(incident.id)).body).toMatchObject({
      state: 'resolved',
      resolution: { action: 'close' },
    });
    expect(desk.lines.some((line) => line.includes('"process.closed"') && line.includes(id))).toBe(true);
    expect((await desk.start(fields, key)).status).toBe(status);
    const again = await desk.closeProcess(id, as, closing);
    expect(again).toMatchObject({ status: 200, body: answer.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const late = await desk.closeProcess(id, 'ended');
    expect(late).toMatchObject({ status: 410, body: { code: 'process-closed', process: { state: as } } });
  });

  it('may be running, and has ended then', async () => {
    const { body } = await desk.start(workflow('1'));
    const id = String(body['id']);

    expect(await desk.closeProcess(id, 'ended')).toMatchObject({
      status: 200,
      body: { state: 'ended', evidence: 'operator' },
    });
    expect(await desk.closeProcess(id, 'completed')).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  });

  it('is for those who may resolve incidents', async () => {
    const { id } = await desk.lost();
    const reader = await desk.client({ scopes: ['processes:read', 'incidents:read'] });
    const path = `/v1/processes/${id}/close`;
    const answer = await desk.post('/v1/processes/{id}/close', path, { as: 'ended', reason: 'x' }, reader);

    expect(answer.status).toBe(403);
  });
});
