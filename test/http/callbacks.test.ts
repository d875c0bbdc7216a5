import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../until.js';
import { application, CallbackDesk } from './callback-desk.js';
import { leaks, rowsOf } from './leaks.js';

const desk = new CallbackDesk();

beforeAll(() => desk.open({ LOG_LEVEL: 'trace' }));
afterAll(() => desk.close());

async function genuine(): Promise<URLSearchParams> {
  const { nativeId } = await desk.start('3');
  await desk.order('callbacks', { do: 'drop', next: 1 });
  await desk.reach(nativeId);
  const told = (await desk.truth()).told.at(-1);
  return new URLSearchParams(told?.body);
}

describe('whoever cannot prove to be the portal', () => {
  const kept = async (): Promise<number> => (await rowsOf(desk.databaseUrl, 'select from told_elements')).length;

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

describe('a body of a type that no portal sends', () => {
  it('is refused with the type that is read', async () => {
    const answer = await desk.tell('<a/>', application, 'application/xml');

    expect(answer.status).toBe(415);
    expect(JSON.stringify(answer.body)).toContain('send application/x-www-form-urlencoded.');
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
  const { secrets, leaked } = await leaks(desk);

  expect(secrets.length).toBeGreaterThan(5);
  expect(leaked).toEqual([]);
});
