import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import type { ToldElement } from '../../../src/platforms/callback.js';
import type { Platform } from '../../../src/platforms/platform.js';
import { answer, webhookAuth } from './answering.js';
import { command } from './open-sandbox.js';

const token = 'run|A1_2_3|canary-of-the-element';

/** A portal that told of one element, and gives always the same answer; `sent` collects what it was asked. */
function telling(fixed: HttpAnswer, element: ToldElement | null, sent: HttpRequest[] = []): Platform {
  return bitrix24.open(
    { key: 'p', baseUrl: 'https://p.example', auth: webhookAuth, settings: { runIds: 'match' } },
    {
      exchange: async (request) => {
        sent.push(request);
        return fixed;
      },
      renewAuth: async () => undefined,
      spent: () => {},
      told: { element: async () => element, unknownRuns: async () => [] },
    },
  );
}

const waiting: ToldElement = { secret: token, state: 'waiting' };
const yes = answer(200, { result: true });
const bodyOf = ({ body }: HttpRequest): unknown => JSON.parse(body ?? '');

describe('the completion of an element', () => {
  it('sends its token with the values as texts, under the names as they came', async () => {
    const sent: HttpRequest[] = [];
    const variables = { Answer: 'ok', sum: 12.5, sure: false, none: null, all: [1, 'b'] };

    expect(await telling(yes, waiting, sent).completeElement?.('e', variables, command())).toBe(true);
    expect(sent.map(bodyOf)).toEqual([
      { EVENT_TOKEN: token, RETURN_VALUES: { Answer: 'ok', sum: '12.5', sure: 'N', all: ['1', 'b'] } },
    ]);
    expect(sent[0]?.url).toMatch(/\/bizproc\.event\.send\.json$/);
  });

  it.each([
    ['that was completed', { ...waiting, state: 'completed' }, false],
    ['whose time is over', { ...waiting, state: 'cancelled' }, 'rejected'],
    ['that was never told of', null, 'not_found'],
  ] as const)('sends nothing for one %s', async (_, element, outcome) => {
    const sent: HttpRequest[] = [];
    const completed = await telling(yes, element, sent)
      .completeElement?.('e', null, command())
      .catch(({ because }: { because: unknown }) => because);

    expect({ completed, sent }).toEqual({ completed: outcome, sent: [] });
  });
});

describe('a refusal of what is said to an element', () => {
  it.each([
    ['event.send', 403, 'ACCESS_DENIED', 'permission'],
    ['activity.log', 403, 'ACCESS_DENIED', 'permission'],
    ['activity.log', 400, '', 'not_found'],
    ['activity.log', 400, '-2147483643', 'not_found'],
    ['activity.log', 400, 'ERROR_EMPTY_LOG_MESSAGE', 'rejected'],
  ])('of %s is told without the token: %d %s', async (method, status, error, because) => {
    const portal = telling(answer(status, { error, error_description: `Denied: ${token}` }), waiting);
    const said =
      method === 'event.send'
        ? portal.completeElement?.('e', null, command())
        : portal.logElement?.('e', 'a line', command());

    const refusal: unknown = await said?.catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ name: 'Refused', because });
    expect(JSON.stringify(refusal) + String(refusal)).not.toContain('canary-of-the-element');
  });

  it.each([
    [200, { result: false }],
    [200, {}],
    [400, { error: 'ERROR_NOBODY_KNOWS' }],
    [502, {}],
  ])('that cannot be read may have been a yes: %d %j', async (status, body) => {
    const portal = telling(answer(status, body), waiting);

    await expect(portal.logElement?.('e', 'a line', command())).rejects.toMatchObject({ executed: 'unknown' });
    await expect(portal.completeElement?.('e', null, command())).rejects.toMatchObject({ executed: 'unknown' });
  });
});
