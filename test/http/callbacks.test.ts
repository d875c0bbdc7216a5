import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { until } from '../until.js';
import { application, CallbackDesk } from './callback-desk.js';

const desk = new CallbackDesk();

beforeAll(() => desk.open({ LOG_LEVEL: 'trace' }));
afterAll(() => desk.close());

async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: desk.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A run with an element that waits, and the callback that told of it, as it came. */
async function waiting(more: object = {}) {
  const { id, nativeId } = await desk.start('3');
  const token = await desk.reach(nativeId, more);
  const element = await desk.element(id);
  return { id, nativeId, token, element };
}

async function genuine(): Promise<URLSearchParams> {
  const { nativeId } = await desk.start('3');
  await desk.order('callbacks', { do: 'drop', next: 1 });
  await desk.reach(nativeId);
  const told = (await desk.truth()).told.at(-1);
  return new URLSearchParams(told?.body);
}

describe('whoever cannot prove to be the portal', () => {
  const kept = async (): Promise<number> => (await rowsOf('select from told_elements')).length;

  it.each([
    ['sends no proof', { 'auth[application_token]': null, 'auth[member_id]': null }],
    ['has no application token', { 'auth[application_token]': null }],
    ['has another application token', { 'auth[application_token]': '0'.repeat(32) }],
    ['has a beginning of the application token', { 'auth[application_token]': '51856fefc120afa4b628cc82d3935cc' }],
    ['has the application token of another portal', { 'auth[member_id]': '0'.repeat(32) }],
    ['has no portal', { 'auth[member_id]': '' }],
  ])('is refused where he %s', async (_, changes: Readonly<Record<string, string | null>>) => {
    const form = await genuine();
    const before = await kept();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) form.delete(name);
      else form.set(name, value);
    }

    const answer = await desk.tell(form.toString());

    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated', outcome: 'not_executed' } });
    expect(await kept()).toBe(before);
  });

  it('learns nothing of connections that exist, of other kinds, or not at all', async () => {
    const form = (await genuine()).toString();
    const said = async (connection: string): Promise<unknown> => {
      const { status, body } = await desk.tell(form, connection);
      const { traceId: _, instance: __, ...rest } = body;
      return { status, ...rest };
    };

    const [ofWebhook, ofOther, ofNobody] = [
      await said('sandbox-bitrix24'),
      await said('sandbox-creatio'),
      await said('nobody'),
    ];

    expect(ofWebhook).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect([ofOther, ofNobody]).toEqual([ofWebhook, ofWebhook]);
  });

  it('is counted', async () => {
    await desk.tell('');

    expect(await (await fetch(`${desk.url}/metrics`)).text()).toMatch(
      /bpmgw_callbacks_total\{receipt="unproved"\} [1-9]/,
    );
  });

  it('is told of to the operator, with the remedy, where the connection has nothing to compare with', async () => {
    await desk.tell((await genuine()).toString(), 'sandbox-bitrix24');

    const line = desk.lines.find((one) => one.includes('callback.unprovable'));
    expect(line).toContain('put its credentials with memberId and applicationToken');
  });
});

describe('a body that is no callback', () => {
  it.each([
    ['65 KiB', 'application/x-www-form-urlencoded', `a=${'x'.repeat(65 * 1024)}`, 413],
    ['JSON', 'application/json', '{}', 415],
    ['plain text', 'text/plain', 'a=1', 415],
    ['a name that every object inherits', 'application/x-www-form-urlencoded', '__proto__[a]=1', 400],
    ['brackets that do not fit', 'application/x-www-form-urlencoded', 'auth[a=1', 400],
    ['a field twice', 'application/x-www-form-urlencoded', 'ts=1&ts=2', 400],
    ['a percent sign that means nothing', 'application/x-www-form-urlencoded', 'a=%zz', 400],
    ['brackets without end', 'application/x-www-form-urlencoded', `a${'[b]'.repeat(40)}=1`, 413],
    ['too many fields', 'application/x-www-form-urlencoded', Array(1001).fill('a[]=1').join('&'), 413],
  ])('is refused: %s', async (_, type, body, status) => {
    expect((await desk.tell(body, application, type)).status).toBe(status);
  });
});

describe('an activity that waits', () => {
  it('is an element of its process', async () => {
    const { element } = await waiting({ code: 'credit_check' });

    expect(element).toMatchObject({ name: 'credit_check', type: 'activity', state: 'waiting', completedAt: null });
  });

  it('is one element where the portal tells of it twice', async () => {
    await desk.order('callbacks', { do: 'duplicate', next: 1 });
    const { id } = await waiting();
    await until(async () => (await desk.truth()).posted.at(-2)?.status === 200, 'both to be answered');

    expect(await desk.elements(id)).toHaveLength(1);
  });

  it('lets its run go on once when it is completed, with the values under the names that were given', async () => {
    const { id, nativeId, token, element } = await waiting();

    const completed = await desk.complete(id, element.id, { variables: { Answer: 'ok', sum: 12.5, sure: true } });

    expect(completed).toMatchObject({ status: 200, body: { executed: true } });
    expect(await desk.elementTruth(token)).toMatchObject({
      resumed: 1,
      returned: { Answer: 'ok', sum: '12.5', sure: 'Y' },
    });
    expect((await desk.runs()).find((run) => run.nativeId === nativeId)?.state).toBe('completed');
    expect((await desk.element(id)).state).toBe('completed');
    expect((await desk.events(id)).map(({ type }) => type)).toContain('element.completed');
  });

  it('is not completed again by another request', async () => {
    const { id, token, element } = await waiting();
    await desk.complete(id, element.id);

    const again = await desk.complete(id, element.id);

    expect(again).toMatchObject({ status: 200, body: { executed: false } });
    expect(await desk.elementTruth(token)).toMatchObject({ sends: 1, resumed: 1 });
  });

  it('lets its run go on once although the answer to that was lost', async () => {
    const { id, token, element } = await waiting();
    await desk.order('answers', { operation: 'complete_element', do: 'lose', next: 1 });

    const completed = await desk.complete(id, element.id, {}, { prefer: 'wait=20' });

    expect(completed).toMatchObject({ status: 200, body: { executed: true } });
    expect(await desk.elementTruth(token)).toMatchObject({ sends: 2, resumed: 1 });
  });

  it('waits no longer than its time', async () => {
    const { id, token, element } = await waiting({ timeoutSeconds: 1 });
    await until(async () => (await desk.element(id)).state === 'cancelled', 'its time to be over');

    const completed = await desk.complete(id, element.id);

    expect(completed).toMatchObject({ status: 422, body: { code: 'platform-rejected', outcome: 'not_executed' } });
    expect(await desk.elementTruth(token)).toMatchObject({ sends: 0 });
  });

  it('waits no longer than its run', async () => {
    const { id, element } = await waiting();
    await desk.post('POST /v1/processes/{id}/terminate', `/v1/processes/${id}/terminate`, {});

    expect((await desk.element(id)).state).toBe('cancelled');
    expect((await desk.complete(id, element.id)).status).toBe(410);
  });

  it('cannot be completed under the id of another process', async () => {
    const [one, other] = [await waiting(), await waiting()];

    expect((await desk.complete(one.id, other.element.id)).status).toBe(404);
  });

  it('is registered at the portal and told of by the run itself', async () => {
    await waiting();
    const activity = { CODE: 'solvency', HANDLER: desk.handlerOf(), USE_SUBSCRIPTION: 'Y', NAME: 'Solvency' };
    expect(await desk.call('bizproc.activity.add', activity)).toMatchObject({ result: true });

    const { id } = await desk.start('19');

    expect(await desk.element(id)).toMatchObject({ name: 'solvency', state: 'waiting' });
  });
});

describe('an activity that does not wait', () => {
  it('is an element that has completed', async () => {
    const { element } = await waiting({ waits: false });

    expect(element).toMatchObject({ state: 'completed', completedAt: element.startedAt });
  });
});

describe('an activity of a run that is not known yet', () => {
  it('shows when the run is found, and proves that it began although it is over', async () => {
    const { id, state } = await desk.start('6');
    expect(state).toBe('indeterminate');
    const nativeId = (await desk.runs()).findLast(({ definition }) => definition === '6')?.nativeId ?? '';
    await desk.reach(nativeId, { waits: false });
    await desk.order(`runs/${nativeId}/finish`, { outcome: 'completed' });

    const found = await until(async () => {
      const process = await desk.process(id);
      return process['nativeId'] === nativeId && process;
    }, 'the run to be found');

    expect(found).toMatchObject({ adoption: 'reconciled_exact' });
    expect(await desk.elements(id)).toHaveLength(1);
  });
});

describe('the log of an element', () => {
  it('takes a line, once under a key', async () => {
    const { id, token, element } = await waiting();
    const key = { 'idempotency-key': 'a-line' };

    const [first, again] = [
      await desk.log(id, element.id, 'half of it', key),
      await desk.log(id, element.id, 'half of it', key),
    ];

    expect([first, again]).toMatchObject([
      { status: 200, body: { executed: true } },
      { status: 200, body: { executed: true } },
    ]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await desk.log(id, element.id, 'another line', key)).body['code']).toBe('idempotency-key-reused');
    expect((await desk.elementTruth(token))?.logs).toEqual(['half of it']);
  });

  it('is not written a second time where the first answer was lost', async () => {
    const { id, token, element } = await waiting();
    const key = { 'idempotency-key': 'a-lost-line' };
    await desk.order('answers', { operation: 'log_element', do: 'lose', next: 1 });

    const lost = await desk.log(id, element.id, 'a line', key);
    const again = await desk.log(id, element.id, 'a line', key);

    expect([lost.status, again.status]).toEqual([502, 409]);
    expect(lost.body).toMatchObject({ code: 'platform-outcome-unknown', outcome: 'unknown' });
    expect((await desk.elementTruth(token))?.logs).toEqual(['a line']);
  });

  it('says so where the run has ended', async () => {
    const { id, nativeId, element } = await waiting();
    await desk.order(`runs/${nativeId}/finish`, { outcome: 'completed' });

    const answer = await desk.log(id, element.id, 'too late');

    expect(answer).toMatchObject({ status: 422, body: { code: 'platform-rejected', outcome: 'not_executed' } });
    expect(answer.body['detail']).toContain('has ended');
  });

  it('takes no empty line', async () => {
    const { id, element } = await waiting();

    expect((await desk.log(id, element.id, '')).status).toBe(422);
  });
});

describe('an event of a document for signature', () => {
  it('has the document looked at, which alone tells how it stands', async () => {
    const { id, nativeId } = await desk.start('sign.b2e.document');
    await desk.order(`documents/${nativeId}`, { state: 'done' });
    const handler = desk.handlerOf();
    const data = { documentUid: nativeId, statusCode: 'stopped', statusName: 'Stopped' };
    await desk.order('events', { event: 'ONSIGNB2EDOCUMENTSTATUSCHANGED', data, handler });

    await until(async () => (await desk.process(id))['state'] === 'completed', 'the document to be looked at');
    const events = await desk.events(id);
    expect(events.filter(({ type }) => type === 'signing.document-status-changed')).toMatchObject([
      { data: { uid: nativeId, from: 'signing', to: 'done' } },
    ]);
    expect(events.filter(({ type }) => type === 'signing.member-status-changed')).toMatchObject([
      { data: { from: 'ready', to: 'done' } },
      { data: { from: 'wait', to: 'done' } },
    ]);
  });

  it('of a member alone is told as such', async () => {
    const { id, nativeId } = await desk.start('sign.b2e.document');
    await desk.order(`documents/${nativeId}`, { state: 'signing', memberState: 'signing' });
    const data = { documentUid: nativeId, memberUid: 'any', statusCode: 'signing', statusName: 'Signing' };
    await desk.order('events', { event: 'ONSIGNB2EMEMBERSTATUSCHANGED', data, handler: desk.handlerOf() });

    const news = await until(async () => {
      const events = (await desk.events(id)).filter(({ type }) => type.startsWith('signing.'));
      return events.length > 0 && events;
    }, 'the document to be looked at');
    expect(news).toMatchObject([{ type: 'signing.member-status-changed', data: { from: 'ready', to: 'signing' } }]);
    expect(await desk.process(id)).toMatchObject({ state: 'running' });
  });
});

describe('a step of the correlation kit', () => {
  it('is a report of its run, and no element', async () => {
    const { id, nativeId } = await desk.start('3');
    await desk.order('callbacks', { do: 'duplicate', next: 1 });
    const properties = { outcome: 'completed', message: 'All is well', processId: id, result: '{"sum":"12"}' };
    await desk.reach(nativeId, { code: 'gateway_report', waits: false, properties });

    const process = await until(async () => {
      const found = await desk.process(id);
      return found['state'] === 'completed' && found;
    }, 'the report to have its effect');
    expect(process).toMatchObject({ evidence: 'report_back', result: { sum: '12' } });
    expect(await desk.elements(id)).toEqual([]);
    expect((await desk.events(id)).filter(({ type }) => type === 'process.completed')).toHaveLength(1);
  });
});

describe('an application that was updated', () => {
  it('has its kit registered anew', async () => {
    await desk.order('events', { event: 'ONAPPUPDATE', data: { VERSION: '2' }, handler: desk.handlerOf() });

    const path = `/v1/connections/${application}/correlation-kit`;
    await until(async () => {
      const { parts } = (await desk.get('GET /v1/connections/{key}/correlation-kit', path)).body;
      return !JSON.stringify(parts).includes('"installed":false');
    }, 'the kit to be there');
    expect(await desk.call('bizproc.activity.list', {})).toMatchObject({
      result: expect.arrayContaining(['gateway_report']),
    });
  });
});

describe('an application that was uninstalled', () => {
  it('has its connection wait for somebody who authorizes it anew', async () => {
    const path = `/v1/connections/${application}`;
    const event = { event: 'ONAPPUNINSTALL', data: { LANGUAGE_ID: 'en', CLEAN: '1' }, handler: desk.handlerOf() };
    await desk.order('events', event);

    const connection = await until(async () => {
      const { body } = await desk.get('GET /v1/connections/{key}', path);
      return body['state'] === 'reauthorization_required' && body;
    }, 'the connection to be marked');
    expect(JSON.stringify(connection)).toContain('uninstalled');
    const incidents = '/v1/incidents?kind=reauthorization-required&state=open';
    expect((await desk.get('GET /v1/incidents', incidents)).body['items']).toMatchObject([{ connection: application }]);
  });
});

it('shows no token of any callback in a log line, a row or an answer', async () => {
  const { told, elements } = await desk.truth();
  const inForms = told.flatMap(({ body }) => {
    const form = new URLSearchParams(body);
    return ['auth[access_token]', 'auth[refresh_token]', 'auth[application_token]'].map((name) => form.get(name));
  });
  const secrets = [...new Set([...elements.map(({ token }) => token), ...inForms])].filter((one) => one !== null);
  const tables = await rowsOf(`select table_name as name from information_schema.tables where table_schema = 'public'`);
  const rows = await Promise.all(tables.map(({ name }) => rowsOf(`select t::text as row from "${String(name)}" t`)));
  const everything = [...desk.lines, ...desk.answers, ...rows.flat().map(({ row }) => String(row))].join('\n');

  expect(secrets.length).toBeGreaterThan(5);
  const hex = secrets.map((secret) => Buffer.from(secret).toString('hex'));
  expect([...secrets, ...hex].filter((secret) => everything.includes(secret))).toEqual([]);
});
