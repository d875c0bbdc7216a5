import type { JsonObject } from '../../../src/lib/json.js';
import { Busy, InDoubt, Refused } from '../../../src/platforms/platform.errors.js';
import type { StartsTogether } from '../../../src/platforms/platform.js';
import type { StartOrder, StartOutcome } from '../../../src/platforms/run.js';
import { answer, answering } from './answering.js';
import { command, orderOf, withSandbox } from './open-sandbox.js';

function togetherOf({ startsTogether }: { readonly startsTogether?: StartsTogether }): StartsTogether {
  if (!startsTogether) throw new Error('A portal takes several starts in one request');
  return startsTogether;
}

/** A start on a lead of its own, with a run id of its own. */
function onLead(lead: number, more: Partial<StartOrder> = {}): StartOrder {
  const subject = { type: 'crm.lead', id: String(lead) };
  return orderOf('1', { subject, runId: lead.toString(16).padStart(32, '0'), ...more });
}

const answers = (outcomes: readonly StartOutcome[]): unknown[] =>
  outcomes.map((outcome) => ('answer' in outcome ? outcome.answer.nativeId : outcome.error));

describe('starts in one request', () => {
  it('are one request and run each once, with the values that they would have alone', async () => {
    await withSandbox(async ({ open, runs, requests }) => {
      const platform = open('');
      const text = 'a&b=c [d] 50% + "ü" $x\n\\';
      const orders = [1, 2, 3].map((lead) => onLead(lead, { variables: { Parameter1: 'user_1', Note: text } }));

      const outcomes = await togetherOf(platform).start(orders, command());

      expect(answers(outcomes)).toEqual(orders.map(({ runId }) => runId));
      const alone = onLead(4, { variables: { Parameter1: 'user_1', Note: text } });
      await platform.start(alone, command());
      const ran = await runs();
      expect(ran).toHaveLength(4);
      const variables = ran.map((run) => ({ ...Object(run['variables']), PreGeneratedWorkflowId: null }));
      expect(new Set(variables.map((one) => JSON.stringify(one))).size).toBe(1);
      expect((await requests()).filter((line) => line['inBatch'] !== true)).toHaveLength(2);
    });
  });

  it('have each a verdict of its own', async () => {
    await withSandbox(async ({ open }) => {
      const orders = [
        onLead(1),
        orderOf('999999'),
        onLead(2, { subject: { type: 'crm.lead', id: '9999999' } }),
        onLead(3),
      ];

      const [first, noTemplate, noLead, last] = await togetherOf(open('')).start(orders, command());

      expect(first).toMatchObject({ answer: { nativeId: orders[0]?.runId, runId: 'kept' } });
      expect(last).toMatchObject({ answer: { nativeId: orders[3]?.runId, runId: 'kept' } });
      for (const refused of [noTemplate, noLead]) expect(refused).toMatchObject({ error: expect.any(Refused) });
    });
  });

  it('are each an earlier attempt of theirs where the portal has that run already', async () => {
    await withSandbox(async ({ open, runs }) => {
      const orders = [onLead(1), onLead(2)];
      const platform = open('');
      await togetherOf(platform).start(orders, command());

      const again = await togetherOf(platform).start(orders, command());

      expect(again).toMatchObject(orders.map(({ runId }) => ({ answer: { nativeId: runId, startedBefore: true } })));
      expect(await runs()).toHaveLength(2);
    });
  });
});

describe('an answer to starts in one request', () => {
  const orders = [onLead(1), onLead(2)];
  const batch = (result: JsonObject | [], errors: JsonObject | [] = []): StartsTogether =>
    togetherOf(answering(answer(200, { result: { result, result_error: errors } })));

  it.each<[string, JsonObject | [], JsonObject | []]>([
    ['names it nowhere', { s0: 'a.1' }, []],
    ['names it as a number', { s0: 'a.1', s1: 17 }, []],
    ['names it as nothing', { s0: 'a.1', s1: null }, []],
    ['names it twice', { s0: 'a.1', s1: 'b.2' }, { s1: { error: 'ACCESS_DENIED' } }],
    ['tells of an engine that failed', { s0: 'a.1' }, { s1: { error: '', error_description: 'Es klappt nicht' } }],
    ['tells of a failure that is in no table', { s0: 'a.1' }, { s1: { error: 'ERROR_CORE' } }],
  ])('leaves the one start open of which it %s', async (_, result, errors) => {
    const [named, other] = await batch(result, errors).start(orders, command());
    expect(named).toMatchObject({ answer: { nativeId: 'a.1' } });
    expect(other).toMatchObject({ error: expect.any(InDoubt) });
  });

  it.each<[string, JsonObject, typeof Busy | typeof Refused]>([
    ['OPERATION_TIME_LIMIT', {}, Busy],
    ['expired_token', {}, Busy],
    ['ACCESS_DENIED', {}, Refused],
    ['insufficient_scope', { error_description: '' }, Refused],
    ['ERROR_WRONG_WORKFLOW_ID', {}, Refused],
    ['', { error_description: 'Template type and DOCUMENT_ID mismatch!' }, Refused],
  ])('reads the code %p of one start as it would alone', async (error, more, kind) => {
    const [named, other] = await batch({ s0: 'a.1' }, { s1: { error, ...more } }).start(orders, command());
    expect(named).toMatchObject({ answer: { nativeId: 'a.1' } });
    expect(other).toMatchObject({ error: expect.any(kind) });
  });

  it('that cannot be read leaves all of them open', async () => {
    for (const told of [
      answer(200, ''),
      answer(200, '{"result":{"res'),
      answer(502, '<html>'),
      answer(200, { result: 1 }),
    ]) {
      await expect(togetherOf(answering(told)).start(orders, command())).rejects.toThrow(InDoubt);
    }
  });

  it('that refuses the request is a refusal before any of them ran', async () => {
    const full = answering(answer(503, { error: 'QUERY_LIMIT_EXCEEDED', error_description: 'Too many requests' }));
    await expect(togetherOf(full).start(orders, command())).rejects.toMatchObject({ because: 'limit' });
    const expired = answering(answer(401, { error: 'INVALID_CREDENTIALS' }));
    await expect(togetherOf(expired).start(orders, command())).rejects.toMatchObject({ because: 'credentials' });
  });
});

describe('a start', () => {
  const together = togetherOf(answering(answer(200, {})));
  const withVariables = (variables: JsonObject): boolean => together.mayRide(onLead(1, { variables }));

  it('rides with others where all of it are texts', () => {
    expect(withVariables({})).toBe(true);
    expect(withVariables({ One: 'text', Many: ['a', 'b'], Yes: true, Number: 1.5 })).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['an empty text, which would arrive as nothing', { One: '' }],
    ['an empty list', { Many: [] }],
    ['a list with an empty text', { Many: ['a', ''] }],
    ['what the portal would replace by the result of another', { One: 'x $result[s0] y' }],
    ['that in a list', { Many: ['a', '$result[s0]'] }],
    ['that as a name', { '$result[s0]': 'x' }],
    ['a name that brackets would break', { 'a]b': 'x' }],
    ['more than a query should hold', { One: 'x'.repeat(20_000) }],
  ])('goes alone with %s', (_, variables) => {
    expect(withVariables(variables)).toBe(false);
  });

  it('goes alone where its document would be replaced', () => {
    expect(together.mayRide(onLead(1, { subject: { native: ['crm', 'CCrmDocumentLead', '$result[s0]'] } }))).toBe(
      false,
    );
  });

  it('goes alone where it sends a document for signature', () => {
    expect(together.mayRide(orderOf('sign.b2e.document'))).toBe(false);
  });
});
