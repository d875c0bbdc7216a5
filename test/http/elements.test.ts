import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../until.js';
import { CallbackDesk } from './callback-desk.js';
import { leaks } from './leaks.js';

const desk = new CallbackDesk();

beforeAll(() => desk.open({ LOG_LEVEL: 'trace' }));
afterAll(() => desk.close());

/** A run with an element that waits, and the callback that told of it, as it came. */
async function waiting(more: object = {}) {
  const { id, nativeId } = await desk.start('3');
  const token = await desk.reach(nativeId, more);
  const element = await desk.element(id);
  return { id, nativeId, token, element };
}

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

describe('an activity of a run that is adopted later', () => {
  it('waits for its process all the same', async () => {
    await waiting();
    const document = ['crm', 'CCrmDocumentLead', 'LEAD_1'];
    const { result: nativeId } = await desk.call('bizproc.workflow.start', { TEMPLATE_ID: 3, DOCUMENT_ID: document });
    const token = await desk.reach(String(nativeId));
    await until(async () => (await desk.truth()).posted.at(-1)?.status === 200, 'the callback to be answered');

    const adopt = { connection: 'sandbox-bitrix24-app', nativeId };
    const { body: adopted } = await desk.post('POST /v1/processes/adopt', '/v1/processes/adopt', adopt);
    const element = await desk.element(String(adopted['id']));

    expect(await desk.complete(String(adopted['id']), element.id)).toMatchObject({ body: { executed: true } });
    expect(await desk.elementTruth(token)).toMatchObject({ resumed: 1 });
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

it('shows no token of any callback in a log line, a row or an answer', async () => {
  const { secrets, leaked } = await leaks(desk);

  expect(secrets.length).toBeGreaterThan(5);
  expect(leaked).toEqual([]);
});
