import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { Sessions } from '../../../src/platforms/creatio/creatio.session.js';
import { Runtime } from '../../../src/platforms/creatio/runtime.js';
import { command, errorOf, orderOf, supervisor } from './instance.js';

const address = 'https://instance.test/app';

function withCookies(body: string, ...cookies: string[]): HttpAnswer {
  return { status: 200, headers: { 'set-cookie': cookies }, body };
}

/** Answers a login with a fresh session, anything else with an empty page, and keeps the requests. */
function recorded(): { requests: HttpRequest[]; exchange: (request: HttpRequest) => Promise<HttpAnswer> } {
  const requests: HttpRequest[] = [];
  const exchange = async (request: HttpRequest): Promise<HttpAnswer> => {
    requests.push(request);
    return request.url.endsWith('/Login')
      ? withCookies(
          '{"Code":0}',
          'BPMCSRF=a/b+c%2F.d; path=/',
          `.ASPXAUTH=ticket${requests.length}; path=/app; HttpOnly`,
        )
      : withCookies('{"value":[]}', 'BPMSESSIONID=workspace; path=/app; HttpOnly');
  };
  return { requests, exchange };
}

describe('the cookies of a session', () => {
  it('come back with every request, the CSRF token byte for byte', async () => {
    const { requests, exchange } = recorded();
    const settings = { runtime: 'netframework', flavour: 'creatio' };
    const tools = { exchange, renewAuth: async (): Promise<void> => undefined, spent: () => undefined };
    const platform = creatio.open({ key: 'test', baseUrl: address, auth: supervisor, settings }, tools);
    await platform.signIn?.(command());

    await platform.definitions(command());
    await errorOf(platform.start(orderOf('UsrAny'), command()));

    const [login, list, started] = requests.map(({ url, headers }) => ({ url, headers }));
    expect(login?.url).toBe(`${address}/ServiceModel/AuthService.svc/Login`);
    expect(list?.headers).toMatchObject({ BPMCSRF: 'a/b+c%2F.d', cookie: expect.not.stringContaining('BPMSESSIONID') });
    expect(started?.url).toBe(`${address}/0/ServiceModel/ProcessEngineService.svc/RunProcess`);
    expect(started?.headers).toMatchObject({
      BPMCSRF: 'a/b+c%2F.d',
      ForceUseSession: 'true',
      cookie: expect.stringMatching(/\.ASPXAUTH=ticket1.*BPMSESSIONID=workspace/),
    });
  });
});

describe('a session that was refused', () => {
  const auth = { type: 'forms', username: 'a', password: 'b' } as const;

  it('takes those with it that are not newer than the request, and no other', async () => {
    const { requests, exchange } = recorded();
    const sessions = new Sessions(new Runtime(address, 'netframework', exchange), auth, 4, exchange);
    await sessions.signIn(command());
    const late = await sessions.take(command());
    await sessions.signIn(command());
    late?.done();

    late?.refused('void');

    expect(sessions.signedIn()).toBe(true);
    expect((await sessions.take(command()))?.headers(address)['cookie']).toContain('ticket2');
    expect(requests).toHaveLength(2);
  });

  it('is not replaced where a newer one is free', async () => {
    const { requests, exchange } = recorded();
    const sessions = new Sessions(new Runtime(address, 'netframework', exchange), auth, 4, exchange);
    await sessions.signIn(command());
    (await sessions.take(command()))?.refused('void');
    await sessions.signIn(command());

    await sessions.signIn(command());

    expect(requests).toHaveLength(2);
  });
});
