import { describe, expect, it } from '@jest/globals';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { templates } from '../../../src/platforms/bitrix24/sandbox/templates.js';
import { capabilitiesOf } from '../../../src/platforms/capabilities.js';
import { answer, answering, oauthAuth, secret, webhookAuth } from './answering.js';
import { read, withSandbox } from './open-sandbox.js';

const faultsOf = (input: unknown): unknown => {
  const auth = bitrix24.readAuth(input);
  return 'faults' in auth ? auth.faults.map(({ pointer, code, kind }) => [pointer, code, kind]) : auth.value;
};

describe('the credentials of a connection', () => {
  it('are a webhook or an application', () => {
    expect(faultsOf(webhookAuth)).toEqual(webhookAuth);
    expect(faultsOf(oauthAuth)).toEqual(oauthAuth);
    expect(faultsOf({ type: 'oauth', clientId: 'local.1', clientSecret: 's' })).not.toHaveProperty('refreshToken');
  });

  it.each([
    [{ ...webhookAuth, user: 1 }, [['/user', 'unknown-field', 'shape']]],
    [{ ...webhookAuth, userId: '1' }, [['/userId', 'wrong-type', 'shape']]],
    [{ ...webhookAuth, userId: 0 }, [['/userId', 'invalid', 'value']]],
    [{ type: 'webhook', userId: 1 }, [['/secret', 'required', 'value']]],
    [{ type: 'basic' }, [['/type', 'invalid', 'value']]],
    [{ ...oauthAuth, tokenUrl: 'ftp://x' }, [['/tokenUrl', 'invalid', 'value']]],
    [{ ...oauthAuth, expiresAt: 'soon' }, [['/expiresAt', 'invalid', 'value']]],
    ['webhook', [['', 'wrong-type', 'shape']]],
  ])('%j has the faults %j', (input, faults) => {
    expect(faultsOf(input)).toEqual(faults);
  });

  it('wait for a consent until an application has tokens', () => {
    expect(bitrix24.awaitsConsent?.({ type: 'oauth', clientId: 'local.1', clientSecret: 's' })).toBe(true);
    expect([oauthAuth, webhookAuth].map((auth) => bitrix24.awaitsConsent?.(auth))).toEqual([false, false]);
  });
});

describe('the address of a connection', () => {
  it.each(['https://p.bitrix24.ru', 'https://p.bitrix24.ru/', 'http://127.0.0.1:4001'])(
    'is that of the portal: %s',
    (url) => {
      expect(bitrix24.baseUrlFault?.(new URL(url))).toBeNull();
    },
  );

  it.each([`https://p.bitrix24.ru/rest/1/${secret}/`, `https://p.bitrix24.ru//${secret}`])(
    'is not that of a webhook, which is not repeated',
    (url) => {
      const fault = bitrix24.baseUrlFault?.(new URL(url));
      expect(fault).toContain('auth');
      expect(fault).not.toContain(secret);
    },
  );
});

describe('the settings of a connection', () => {
  it('send run ids unless told otherwise', () => {
    expect(bitrix24.readSettings({})).toEqual({ value: { runIds: 'match' } });
    expect(bitrix24.readSettings({ runIds: 'probe' })).toEqual({ value: { runIds: 'probe' } });
    expect(bitrix24.readSettings({ runIds: 'yes' })).toMatchObject({ faults: [{ pointer: '/runIds' }] });
    expect(bitrix24.readSettings({ runtime: 'net' })).toMatchObject({ faults: [{ code: 'unknown-field' }] });
  });
});

describe('what a connection can do', () => {
  it('is signed in to only where there is a token to renew', () => {
    const told = answer(200, { result: null });

    expect(answering(told)).not.toHaveProperty('signIn');
    expect(answering(told, oauthAuth)).toHaveProperty('signIn');
    expect(
      capabilitiesOf(bitrix24, answering(told))
        .filter(({ supported }) => supported)
        .map(({ operation, delivery }) => [operation, delivery]),
    ).toEqual(
      expect.arrayContaining([
        ['start', 'at_most_once'],
        ['terminate', 'repeated_safely'],
        ['kill', 'repeated_safely'],
        ['complete_element', 'repeated_safely'],
        ['observe', 'read'],
        ['definitions', 'read'],
        ['elements', 'read'],
      ]),
    );
  });

  it('shows in every example that it is a connection or a start', () => {
    for (const { body } of bitrix24.examples.connections) expect(faultsOf(body['auth'])).toEqual(body['auth']);
    expect(bitrix24.examples.starts.map(({ body }) => body['connection'])).toEqual([
      'sandbox-bitrix24',
      'sandbox-bitrix24',
      'sandbox-bitrix24-app',
    ]);
  });
});

describe('the test of a connection', () => {
  it('finds everything in order in the sandbox', () =>
    withSandbox(async ({ open, sent }) => {
      const { checks } = open('');
      const found: string[] = [];
      for (const check of checks) found.push(`${check.name}: ${await check.run(read())}`);

      expect(found).toEqual([
        'reach: A Bitrix24 portal answers.',
        'sign_in: Signed in as user 1, an administrator.',
        'rights: May list, start and stop workflows.',
        expect.stringMatching(/^limits: .* 0 s of work/),
        expect.stringMatching(/^clock: .* -?[01] s off/),
        `definitions: Templates that can be started: ${templates.length}.`,
      ]);
      expect(sent).toHaveLength(checks.length);
    }));

  it('reaches a portal that does not like the credentials, and says so in the next step', () =>
    withSandbox(async ({ open }) => {
      const { checks } = open('', {}, { secret: 'wrong' });
      const [reach, signIn] = checks;

      expect(await reach?.run(read())).toBe('A Bitrix24 portal answers.');
      await expect(signIn?.run(read())).rejects.toMatchObject({ because: 'credentials' });
    }));

  it('does not take a page for a portal', async () => {
    const [reach] = answering(answer(200, '<html></html>')).checks;

    await expect(reach?.run(read())).rejects.toMatchObject({ name: 'InDoubt' });
  });

  it('tells how wrong the clock of the portal is', async () => {
    const [, , , , clock] = answering(answer(200, { result: '2020-01-01T00:00:00+03:00' })).checks;

    await expect(clock?.run(read())).rejects.toThrow(/-\d+ s off/);
  });
});
