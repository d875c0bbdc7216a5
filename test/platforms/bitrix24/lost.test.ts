import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import type { LostSpan } from '../../../src/platforms/run.js';
import { answer, answering, oauthAuth, webhookAuth } from './answering.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';

const span: LostSpan = { from: new Date('2026-11-21T10:00:00.500Z'), to: new Date('2026-11-21T10:02:00.500Z') };
const order = orderOf('1', { subject: { type: 'crm.lead', id: '1' } });

/** A row of bizproc.workflow.instances that fits; PHP writes numbers as texts. */
function row(ID: string, more: object = {}): object {
  return {
    ID,
    MODULE_ID: 'crm',
    ENTITY: 'CCrmDocumentLead',
    DOCUMENT_ID: 'LEAD_1',
    STARTED: '2026-11-21T13:00:30+03:00',
    STARTED_BY: '1',
    TEMPLATE_ID: '1',
    ...more,
  };
}

function task(WORKFLOW_ID: string): object {
  const { STARTED, STARTED_BY, TEMPLATE_ID, ...rest } = Object(row('7'));
  const run = { WORKFLOW_STARTED: STARTED, WORKFLOW_STARTED_BY: STARTED_BY, WORKFLOW_TEMPLATE_ID: TEMPLATE_ID };
  return { ...rest, ...run, WORKFLOW_ID };
}

/** The answer to the batch of a look; a page that is a text is its error's code. */
function listed(pages: readonly (readonly object[] | string)[], more: object = {}): HttpAnswer {
  const keyed = pages.map((page, index) => [`r${index}`, page] as const);
  const errors = keyed.flatMap(([key, page]) => (typeof page === 'string' ? [[key, { error: page }] as const] : []));
  const result = {
    result: { ...Object.fromEntries(keyed.filter(([, page]) => typeof page !== 'string')), ...more },
    result_error: Object.fromEntries(errors),
  };
  return answer(200, { result });
}

async function foundIn(told: HttpAnswer): Promise<readonly string[]> {
  const look = await answering(told).findLost?.(order, span, read());
  return (look?.candidates ?? []).map(({ nativeId }) => nativeId);
}

describe('a candidate for a lost workflow', () => {
  it.each([
    ['another template', { TEMPLATE_ID: '2' }],
    ['another document', { DOCUMENT_ID: 'LEAD_2' }],
    ['another kind of document', { ENTITY: 'CCrmDocumentDeal' }],
    ['another module', { MODULE_ID: 'lists' }],
    ['another user', { STARTED_BY: '7' }],
    ['nobody', { STARTED_BY: '0' }],
    ['an earlier time', { STARTED: '2026-11-21T12:59:58+03:00' }],
    ['a later time', { STARTED: '2026-11-21T13:02:03+03:00' }],
  ])('is none with %s, which a dropped filter lets through', async (_, other) => {
    expect(await foundIn(listed([[row('a'), row('b', other)], [], [], []]))).toEqual(['a']);
  });

  it.each([
    ['whole seconds, just before the request', { STARTED: '2026-11-21T12:59:59+03:00' }],
    ['two seconds after the end', { STARTED: '2026-11-21T13:02:02+03:00' }],
    ['numbers for texts', { STARTED_BY: 1, TEMPLATE_ID: 1 }],
    ['a class in other letters', { ENTITY: 'ccrmdocumentlead' }],
  ])('may have %s', async (_, other) => {
    expect(await foundIn(listed([[row('a', other)], [], [], []]))).toEqual(['a']);
  });

  it('may be known by a task alone, where the run is listed no more', async () => {
    const look = await answering(listed([[row('a')], [], [task('a'), task('b')], []])).findLost?.(order, span, read());

    expect(look?.candidates).toMatchObject([
      { nativeId: 'a', run: { state: 'running' } },
      { nativeId: 'b', run: null, reasons: expect.arrayContaining(['known by a task in it']) },
    ]);
  });

  it('comes first, and whatever its time, where its id is the one that we chose', async () => {
    const ours = row(order.runId ?? '', { STARTED: '2026-11-21T12:00:00+03:00' });

    expect(await foundIn(listed([[row('a'), ours], [], [], []]))).toEqual([order.runId, 'a']);
  });
});

describe('a look for a lost workflow', () => {
  const full = (STARTED: string): object[] => Array.from({ length: 50 }, (_, n) => row(`x${STARTED}${n}`, { STARTED }));
  const old = '2026-11-20T00:00:00+03:00';
  const fresh = '2026-11-21T13:01:00+03:00';

  it.each([
    ['more runs than it reads', [full(fresh), full(fresh), [], []]],
    [
      'runs in another order than it asked for',
      [full(old), [...full(fresh).slice(1), row('x', { STARTED: old })], [], []],
    ],
    ['more tasks than it reads', [[], [], full(fresh).map((_, n) => task(`t${n}`)), full(fresh).map(() => task('t'))]],
    ['a row without its time', [[row('a', { STARTED: null })], [], [], []]],
    ['a row without its user', [[row('a', { STARTED_BY: undefined })], [], [], []]],
    ['no list', []],
  ])('is in doubt, not empty, about %s', async (_, pages) => {
    await expect(foundIn(listed(pages))).rejects.toMatchObject({ name: 'InDoubt' });
  });

  it('reads back until what is older cannot be it', async () => {
    expect(await foundIn(listed([full(old), full(old), [], []]))).toEqual([]);
  });

  it.each([
    ['ACCESS_DENIED', 'Refused'],
    ['OPERATION_TIME_LIMIT', 'Busy'],
    ['', 'InDoubt'],
  ])('gives the reason where the list of runs is refused with %j', async (code, name) => {
    await expect(foundIn(listed([code, code, [], []]))).rejects.toMatchObject({ name });
  });

  it('does without tasks where they are forbidden, and not where they only failed', async () => {
    expect(await foundIn(listed([[row('a')], [], 'ACCESS_DENIED', 'ACCESS_DENIED']))).toEqual(['a']);
    await expect(foundIn(listed([[row('a')], [], '', '']))).rejects.toMatchObject({ name: 'InDoubt' });
  });

  it('asks in the same request who an application is', async () => {
    const sent: HttpRequest[] = [];
    const told = listed([[row('a', { STARTED_BY: '14' }), row('b')], [], [], []], { r4: { ID: 14 } });

    const look = await answering(told, oauthAuth, sent).findLost?.(order, span, read());

    expect(look?.candidates).toMatchObject([{ nativeId: 'a' }]);
    expect(sent).toHaveLength(1);
    await expect(answering(listed([[], [], [], []]), oauthAuth).findLost?.(order, span, read())).rejects.toMatchObject({
      name: 'InDoubt',
    });
  });

  it('asks for one template and one document, newest first', async () => {
    const sent: HttpRequest[] = [];
    await answering(listed([[], [], [], []]), webhookAuth, sent).findLost?.(order, span, read());

    expect(decodeURIComponent(sent[0]?.body ?? '')).toContain(
      'FILTER[TEMPLATE_ID]=1&FILTER[MODULE_ID]=crm&FILTER[ENTITY]=CCrmDocumentLead&FILTER[DOCUMENT_ID]=LEAD_1&ORDER[STARTED]=DESC&start=0',
    );
  });

  it('is of no use for a document for signature, and asks nobody', async () => {
    const sent: HttpRequest[] = [];
    const document = orderOf('sign.b2e.document', { subject: null });

    const look = await answering(listed([]), oauthAuth, sent).findLost?.(document, span, read());

    expect({ look, sent }).toEqual({ look: { candidates: [], clockAheadMs: null }, sent: [] });
  });

  it('finds a run whose task is done already', () =>
    withSandbox(async ({ open, sandbox, control }) => {
      await control('run-ids', { keeps: false });
      const from = new Date();
      const { nativeId } = await open('').start(orderOf('1', { variables: { Parameter1: 'user_1' } }), command());
      const done = `${sandbox.url}/rest/1/sandboxwebhook01/bizproc.task.complete?TASK_ID=1&STATUS=yes`;
      expect((await fetch(done, { method: 'POST' })).status).toBe(200);

      const look = await open('').findLost?.(orderOf('1'), { from, to: new Date() }, read());

      expect(look?.candidates).toMatchObject([{ nativeId, run: null }]);
    }));
});
