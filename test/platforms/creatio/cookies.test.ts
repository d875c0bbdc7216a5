import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import { Sessions } from '../../../src/platforms/creatio/creatio.session.js';
import { Runtime } from '../../../src/platforms/creatio/runtime.js';
import { command, errorOf, orderOf, read, supervisor } from './instance.js';

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
    const sessions = new Sessions(new Runtime(address, 'netframework', exchange), auth, 4, { exchange });
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
    const sessions = new Sessions(new Runtime(address, 'netframework', exchange), auth, 4, { exchange });
    await sessions.signIn(command());
    (await sessions.take(command()))?.refused('void');
    await sessions.signIn(command());

    await sessions.signIn(command());

    expect(requests).toHaveLength(2);
  });
});

describe('a session that is busy', () => {
  const auth = { type: 'forms', username: 'a', password: 'b' } as const;

  async function oneSession(): Promise<Sessions> {
    const { exchange } = recorded();
    const sessions = new Sessions(new Runtime(address, 'netframework', exchange), auth, 1, { exchange });
    await sessions.signIn(command());
    return sessions;
  }

  it('is waited for, by a command before reads', async () => {
    const sessions = await oneSession();
    const first = await sessions.take(command());
    const order: string[] = [];
    const next = [
      sessions.take(read()).then((pass) => (order.push('read'), pass?.done())),
      sessions.take(command()).then((pass) => (order.push('command'), pass?.done())),
    ];

    first?.done();
    await Promise.all(next);

    expect(order).toEqual(['command', 'read']);
  });

  it('is waited for no longer than the call may take, and nothing is sent', async () => {
    const sessions = await oneSession();
    await sessions.take(command());
    const calledOff = new AbortController();
    const late = errorOf(sessions.take({ signal: calledOff.signal }));

    calledOff.abort();

    expect(await late).toMatchObject({ name: 'Unreached', cause: { name: 'NotSent', because: 'unpaid' } });
  });

  it('leaves those who wait without one where it turns out void', async () => {
    const sessions = await oneSession();
    const first = await sessions.take(command());
    const waiting = sessions.take(command());

    first?.refused('void');

    expect(await waiting).toBeNull();
  });

  it('takes every request on .NET', async () => {
    const { requests, exchange } = recorded();
    const sessions = new Sessions(new Runtime(address, 'net', exchange), auth, 4, { exchange });
    await sessions.signIn(command());
    await sessions.take(command());

    expect(sessions.signedIn()).toBe(true);
    expect(await sessions.take(command())).not.toBeNull();
    expect(requests).toHaveLength(1);
  });
});

describe('a login that is answered without cookies', () => {
  it('gives no session', async () => {
    const exchange = async (): Promise<HttpAnswer> => ({ status: 200, headers: {}, body: '{"Code":0}' });
    const auth = { type: 'forms', username: 'a', password: 'b' } as const;
    const sessions = new Sessions(new Runtime(address, 'net', exchange), auth, 4, { exchange });

    expect(await errorOf(sessions.signIn(command()))).toMatchObject({ name: 'Unreached' });
    expect(sessions.signedIn()).toBe(false);
  });
});

describe('the runtime', () => {
  it.each<[number, string]>([
    [200, `${address}/x`],
    [404, `${address}/0/x`],
    [302, `${address}/0/x`],
  ])('is told by the answer to the login page of .NET: %s', async (status, url) => {
    const runtime = new Runtime(address, 'auto', async () => ({ status, headers: {}, body: '' }));

    await runtime.find(command());

    expect(runtime.urlOf('/x')).toBe(url);
  });

  it('is asked for again where the site had failed', async () => {
    const statuses = [503, 200, 500];
    const runtime = new Runtime(address, 'auto', async () => ({
      status: statuses.shift() ?? 0,
      headers: {},
      body: '',
    }));

    await runtime.find(command());
    await runtime.find(command());
    await runtime.find(command());

    expect(runtime.isNet).toBe(true);
    expect(statuses).toEqual([500]);
  });
});
