import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import type { Platform } from '../../../src/platforms/platform.js';
import type { MethodUse } from '../../../src/platforms/run.js';

export const secret = 'canary-of-the-webhook';

export const webhookAuth = { type: 'webhook', userId: 1, secret } as const;

export const oauthAuth = {
  type: 'oauth',
  clientId: 'local.1',
  clientSecret: 'canary-of-the-client',
  accessToken: 'canary-of-the-access-token',
  refreshToken: 'canary-of-the-refresh-token',
} as const;

/** An answer of the portal; an object becomes JSON. */
export function answer(status: number, body: object | string, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A portal that always gives the same answer; `sent` collects what it was asked. */
export function answering(
  fixed: HttpAnswer,
  auth: typeof webhookAuth | typeof oauthAuth = webhookAuth,
  sent: HttpRequest[] = [],
): Platform {
  return answeringInTurn([fixed], { auth, sent });
}

/** A portal that gives these answers one after another, the last one for ever; `spent` collects what it tells of work. */
export function answeringInTurn(
  answers: readonly HttpAnswer[],
  {
    auth = webhookAuth,
    sent = [],
    spent = [],
  }: { auth?: typeof webhookAuth | typeof oauthAuth; sent?: HttpRequest[]; spent?: MethodUse[] } = {},
): Platform {
  return bitrix24.open(
    { key: 'p', baseUrl: 'https://p.example', auth, settings: { runIds: 'match' } },
    {
      exchange: async (request) => {
        const [next] = answers.slice(Math.min(sent.length, answers.length - 1));
        sent.push(request);
        if (!next) throw new Error('There is no answer');
        return next;
      },
      renewAuth: async () => undefined,
      spent: (use) => void spent.push(use),
    },
  );
}
