import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '../../../src/lib/exchange.js';
import { Bearer } from '../../../src/platforms/creatio/bearer.js';
import { loginRefusal } from '../../../src/platforms/creatio/login-refusal.js';
import { sandboxClient } from '../../../src/platforms/creatio/sandbox/gate.js';
import { Busy } from '../../../src/platforms/platform.errors.js';
import { until } from '../../until.js';
import { command, errorOf, orderOf, read, start, supervisor, withInstance, type Instance } from './instance.js';

async function logins({ requests }: Instance): Promise<number> {
  return (await requests()).filter(({ operation }) => operation === 'Login').length;
}

/** Messages come in the language of the instance. */
function coded(Code: number): string {
  return JSON.stringify({ Code, Message: 'Сообщение', Exception: null });
}

describe('a wrong password', () => {
  it('costs exactly one sign-in, however many callers ask and however often', () =>
    withInstance(async (instance) => {
      const platform = instance.open({ auth: { ...supervisor, password: 'wrong' } });
      const callers = Array.from({ length: 10 }, () => errorOf(platform.signIn?.(command()) ?? Promise.resolve()));

      const errors = [...(await Promise.all(callers)), await errorOf(start(platform, orderOf('UsrOrderCheck')))];

      expect(errors).toHaveLength(11);
      for (const error of errors) expect(error).toMatchObject({ name: 'Busy', because: 'credentials' });
      expect(await logins(instance)).toBe(1);
      expect(inspect(errors, { depth: 9 })).not.toContain('wrong"');
    }));

  it('is tried no more by the connection test', () =>
    withInstance(async (instance) => {
      const platform = instance.open({ auth: { ...supervisor, password: 'wrong' } });
      const step = platform.checks.find(({ name }) => name === 'sign_in');

      await errorOf(step?.run(read()) ?? Promise.resolve());
      await errorOf(step?.run(read()) ?? Promise.resolve());

      expect(await logins(instance)).toBe(1);
    }));
});

describe('sessions', () => {
  it('are opened once for callers that come together', () =>
    withInstance(async (instance) => {
      await Promise.all(Array.from({ length: 8 }, async () => instance.platform.signIn?.(command())));

      expect(await logins(instance)).toBe(1);
    }));

  it('grow with what runs at the same time, up to their number', () =>
    withInstance(async (instance) => {
      const platform = instance.open({ settings: { sessions: 2 } });
      const slow = start(platform, orderOf('UsrSlow'));
      await until(
        async () => (await instance.requests()).some(({ operation }) => operation === 'RunProcess'),
        'the slow start',
      );

      const quick = await start(platform, orderOf('UsrOrderCheck'));

      expect(quick.state).toBe('completed');
      expect((await instance.requests()).filter(({ operation }) => operation === 'Login')).toHaveLength(2);
      expect((await slow).state).toBe('completed');
    }));

  it('are all signed in again with one sign-in after a restart of the instance', () =>
    withInstance(async (instance) => {
      const { platform, sandbox } = instance;
      await start(platform, orderOf('UsrOrderCheck'));
      sandbox.endSessions();

      const started = await Promise.all(Array.from({ length: 5 }, () => start(platform, orderOf('UsrOrderCheck'))));

      expect(started.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'completed'));
      expect(await logins(instance)).toBeLessThanOrEqual(3);
    }));

  it('keep the cookie of the workspace', () =>
    withInstance(async ({ platform }) => {
      await start(platform, orderOf('UsrOrderCheck'));

      expect(await start(platform, orderOf('UsrOrderCheck'))).toMatchObject({ state: 'completed' });
    }));

  it('end with the connection', () =>
    withInstance(async (instance) => {
      await start(instance.platform, orderOf('UsrOrderCheck'));

      await instance.platform.close?.(read());

      expect((await instance.requests()).at(-1)?.operation).toBe('Logout');
      expect(instance.platform.signedIn?.()).toBe(false);
    }));

  it('are known void on .NET by the empty 401', () =>
    withInstance(async ({ platform, sandbox }) => {
      await start(platform, orderOf('UsrOrderCheck'));
      sandbox.endSessions();

      const error = await errorOf(platform.start(orderOf('UsrOrderCheck'), command()));

      expect(error).toMatchObject({ because: 'sign_in', native: { httpStatus: 401 } });
    }, 'net'));
});

describe('OAuth client credentials', () => {
  it('start with a token and without cookies', () =>
    withInstance(async ({ open, sandbox, requests }) => {
      const platform = open({ auth: { type: 'oauth', ...sandboxClient, tokenUrl: `${sandbox.url}/connect/token` } });

      expect(await start(platform, orderOf('UsrOrderCheck'))).toMatchObject({ state: 'completed' });
      expect((await requests()).map(({ operation }) => operation)).not.toContain('Login');
    }));

  it('give a token that is used also where it lives for a minute', async () => {
    const auth = { type: 'oauth', ...sandboxClient, tokenUrl: 'https://identity.test/token' } as const;
    const body = '{"access_token":"t","expires_in":60}';
    const bearer = new Bearer(auth, async () => ({ status: 200, headers: {}, body }));

    await bearer.signIn(command());

    expect(await bearer.take()).not.toBeNull();
  });

  it('are refused once and for all', () =>
    withInstance(async ({ open, sandbox, requests }) => {
      const auth = {
        type: 'oauth',
        clientId: 'sandbox',
        clientSecret: 'wrong',
        tokenUrl: `${sandbox.url}/connect/token`,
      };
      const platform = open({ auth });

      const errors = [
        await errorOf(start(platform, orderOf('UsrAny'))),
        await errorOf(start(platform, orderOf('UsrAny'))),
      ];

      for (const error of errors)
        expect(error).toMatchObject({ because: 'credentials', native: { code: 'invalid_client' } });
      expect((await requests()).filter(({ operation }) => operation === 'connect/token')).toHaveLength(1);
    }));
});

describe('a refused login', () => {
  it.each<[string, number, string | null, RegExp]>([
    [
      'code 1',
      1,
      'System.Security.SecurityException',
      /Check user name and password, that the user is active, not locked/,
    ],
    ['code 3', 3, null, /has no login licence, but may give itself one/],
    ['code 4', 4, null, /let an administrator of the instance give it one/],
    ['code 5', 5, null, /password of the technical user has expired/],
    [
      'a second factor',
      1,
      'Terrasoft.Authentication.TwoFactor.Exceptions.StartAuthFlowException',
      /asked for a second factor: exempt it/,
    ],
    [
      'one-time passwords',
      1,
      'Terrasoft.Authentication.TOTP.Exceptions.TotpIsNotEnabledException',
      /has to set up one-time passwords first/,
    ],
  ])('says what to do: %s', (_name, code, type, remedy) =>
    withInstance(async (instance) => {
      const login = { code, type };
      await fetch(`${instance.sandbox.url}/_sandbox/sessions`, { method: 'POST', body: JSON.stringify({ login }) });

      const error = await errorOf(instance.platform.signIn?.(command()) ?? Promise.resolve());

      expect(error).toMatchObject({ because: 'credentials', message: expect.stringMatching(remedy) });
      expect(error).toMatchObject({ native: { code: type ?? `Code ${code}`, httpStatus: 200 } });
    }),
  );
});

describe('the answer to a login', () => {
  it.each<[string, number, string, string | null]>([
    ['code 0', 200, coded(0), null],
    ['code 2, a new password is recommended', 200, coded(2), null],
    ['code 1', 200, coded(1), 'credentials'],
    ['code 3, no licence', 200, coded(3), 'credentials'],
    ['code 4, no licence', 200, coded(4), 'credentials'],
    ['code 5, the password has expired', 200, coded(5), 'credentials'],
    ['a code of tomorrow', 200, coded(9), 'Unreached'],
    ['401', 401, '', 'credentials'],
    ['403', 403, '', 'credentials'],
    ['404 with nothing', 404, '', 'portal_closed'],
    ['a page with 503', 503, '<html></html>', 'Unreached'],
    ['a page with 200', 200, '<html></html>', 'Unreached'],
  ])('%s', (_name, status, body, expected) => {
    const answer: HttpAnswer = { status, headers: {}, body };

    const refusal = loginRefusal(answer);

    expect(refusal instanceof Busy ? refusal.because : (refusal?.name ?? null)).toBe(expected);
  });
});
