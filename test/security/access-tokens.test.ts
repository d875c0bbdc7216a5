import { createHmac } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload } from 'jose';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import { AccessTokens } from '../../src/security/access-tokens.js';
import { IssuerKeys } from '../../src/security/issuer-keys.js';
import { IssuerKeysUnreadable, TokenRefused } from '../../src/security/security.errors.js';
import { until } from '../until.js';
import { audience, goodClaims, Issuer, issuerName, rawToken, signer } from './issuer.js';

const minuteMs = 60_000;
const at = new Date('2026-11-22T12:00:00Z');
const seconds = at.getTime() / 1000;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

let issuer: Issuer;
let monotonicMs = 0;
let tokens: AccessTokens;

/** A gateway that knows nothing of the issuer yet. */
function strange(): AccessTokens {
  const exchange = guardedExchange({ allow: ['127.0.0.0/8'], http: true, ownPorts: [] });
  const keys = new IssuerKeys(issuer.jwksUrl, exchange, { log: silent, now: () => monotonicMs });
  return new AccessTokens({ issuer: issuerName, audience }, keys, { now: () => at });
}

const good = (more: JWTPayload = {}): JWTPayload => ({ ...goodClaims(at), ...more });
const without = (...names: string[]): JWTPayload =>
  Object.fromEntries(Object.entries(good()).filter(([key]) => !names.includes(key)));

beforeEach(async () => {
  issuer = await Issuer.open();
  monotonicMs = 1_000_000;
  tokens = strange();
});
afterEach(() => issuer.close());

describe('a token of the issuer', () => {
  it('is its client with its scopes, beside whatever else stands in them', async () => {
    const { caller, requestsPerMinute } = await tokens.behind(
      await issuer.token(good({ scope: 'openid processes:read processes:start root' })),
    );
    expect(caller).toMatchObject({ name: 'jwt:erp', connections: null, sees: 'connection' });
    expect([...caller.scopes].toSorted()).toEqual(['processes:read', 'processes:start']);
    expect(caller.requireIdempotencyKey).toBe(false);
    expect(requestsPerMinute).toBeNull();
  });

  it.each([
    [{ azp: 'portal' }, 'jwt:erp'],
    [{ client_id: undefined, azp: 'portal' }, 'jwt:portal'],
    [{ client_id: undefined }, 'jwt:somebody'],
  ])('with %j is %s', async (claims, name) => {
    expect((await tokens.behind(await issuer.token(good(claims)))).caller.name).toBe(name);
  });

  it('has one id for a client of this issuer, whatever the token, and another for every other client', async () => {
    const idOf = async (claims: JWTPayload) => (await tokens.behind(await issuer.token(good(claims)))).caller.clientId;
    const id = await idOf({});
    expect(await idOf({ scope: 'admin', jti: 'another' })).toBe(id);
    expect(await idOf({ client_id: 'erp2' })).not.toBe(id);
    // Version 5, where those of API clients are 7: they are never the same.
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/);
  });

  it('is limited to the connections that it names, and to none where it names none of them', async () => {
    const of = async (connections: unknown) =>
      (await tokens.behind(await issuer.token(good({ connections })))).caller.connections;
    expect(await of(['sales', 'hr'])).toEqual(['sales', 'hr']);
    expect(await of([])).toEqual([]);
  });

  it('may be signed by another algorithm of the list', async () => {
    await issuer.addKey('edwards', 'Ed25519');
    expect((await tokens.behind(await issuer.token(good(), { kid: 'edwards' }))).caller.name).toBe('jwt:erp');
  });

  it.each([
    ['expired within the skew', { exp: seconds - 29 }],
    ['begins within the skew', { nbf: seconds + 29 }],
    ['is for several audiences', { aud: ['others', audience] }],
  ])('is taken although it %s', async (_, claims) => {
    expect((await tokens.behind(await issuer.token(good(claims)))).caller.name).toBe('jwt:erp');
  });
});

describe('a token that is a trick', () => {
  const tricks: readonly (readonly [string, () => Promise<string>])[] = [
    ['is not signed: alg none', async () => rawToken({ alg: 'none', kid: 'first' }, good(), () => '')],
    ['says None with a signature', async () => rawToken({ alg: 'None', kid: 'first' }, good(), () => 'AAAA')],
    [
      'is signed by HMAC with the public key as the secret',
      async () => {
        const secret = await exportSPKI(issuer.pair('first').publicKey);
        const sign = (input: string) => createHmac('sha256', secret).update(input).digest('base64url');
        return rawToken({ alg: 'HS256', kid: 'first', typ: 'JWT' }, good(), sign);
      },
    ],
    [
      'is signed by HMAC with the modulus as the secret',
      async () => {
        const { n = '' } = await exportJWK(issuer.pair('first').publicKey);
        const sign = (input: string) =>
          createHmac('sha256', Buffer.from(n, 'base64url')).update(input).digest('base64url');
        return rawToken({ alg: 'HS256', kid: 'first' }, good(), sign);
      },
    ],
    ['names a key that the issuer does not have', () => issuer.token(good(), { kid: 'foreign' }, 'first')],
    ['names a key by a path', () => issuer.token(good(), { kid: '../../dev/null' }, 'first')],
    [
      'is signed by a key of somebody else under a known name',
      async () => {
        const other = await Issuer.open('foreign');
        const token = await other.token(good());
        await other.close();
        return token;
      },
    ],
    [
      'brings its own key: jwk',
      async () => {
        const other = await Issuer.open('foreign');
        const jwk = await other.jwk('first');
        const token = await other.token(good(), { kid: 'own', jwk }, 'first');
        await other.close();
        return token;
      },
    ],
    ['has no issuer', () => issuer.token(without('iss'))],
    ['is of another issuer', () => issuer.token(good({ iss: 'https://login.example.com' }))],
    ['has no audience', () => issuer.token(without('aud'))],
    ['is for another audience', () => issuer.token(good({ aud: 'others' }))],
    ['never expires', () => issuer.token(without('exp'))],
    ['has an expiry that is no number', () => issuer.token({ ...good(), ...JSON.parse('{"exp":"2030-01-01"}') })],
    ['has expired', () => issuer.token(good({ exp: seconds - 31 }))],
    ['is not valid yet', () => issuer.token(good({ nbf: seconds + 31 }))],
    ['is of another type', () => issuer.token(good(), { typ: 'logout+jwt' })],
    ['is bound to a proof that nobody asks for', () => issuer.token(good({ cnf: { jkt: 'x' } }))],
    [
      'demands an extension',
      async () => rawToken({ alg: 'RS256', kid: 'first', crit: ['exp'], exp: 1 }, good(), signer(issuer)),
    ],
    [
      'is not in base64: b64',
      async () => rawToken({ alg: 'RS256', kid: 'first', crit: ['b64'], b64: false }, good(), signer(issuer)),
    ],
    ['names no client', () => issuer.token(without('client_id', 'sub'))],
    ['names a client that is no text', () => issuer.token({ ...good(), client_id: 5 })],
    ['names an empty client', () => issuer.token(good({ client_id: '' }))],
    ['names a client with a line end', () => issuer.token(good({ client_id: 'a\nb' }))],
    ['has scopes that are no text', () => issuer.token(good({ scope: ['admin'] }))],
    ['limits itself in a form that is not known', () => issuer.token(good({ connections: 'sales' }))],
    ['limits itself to null', () => issuer.token(good({ connections: null }))],
    ['has a signature that is cut', async () => (await issuer.token(good())).slice(0, -4)],
    ['has claims that were changed', async () => swapped(await issuer.token(good()), good({ scope: 'admin' }))],
    ['is garbage in the form of a token', async () => 'eyJhbGciOiJSUzI1NiJ9.eyJ.AAAA'],
    ['has a header that is no JSON', async () => 'eyJ.eyJ.eyJ'],
  ];

  it.each(tricks)('is refused where it %s', async (_, made) => {
    const refused = tokens.behind(await made());
    await expect(refused).rejects.toThrow(TokenRefused);
    await expect(refused).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('has nobody called that it names: jku, x5u', async () => {
    const other = await Issuer.open('foreign');
    const pointers = { jku: other.jwksUrl, x5u: other.jwksUrl };
    const token = await other.token(good(), { kid: 'elsewhere', ...pointers }, 'first');
    await expect(tokens.behind(token)).rejects.toThrow(TokenRefused);
    expect(other.reads).toBe(0);
    await other.close();
  });

  it('says why without a word of itself', async () => {
    const token = await issuer.token(good({ aud: 'secret-audience' }));
    const refused: unknown = await tokens.behind(token).catch((error: unknown) => error);
    expect(String(refused)).toContain('"aud"');
    expect(String(refused)).not.toContain('secret-audience');
  });
});

describe('the keys of the issuer', () => {
  it('are read once for many tokens', async () => {
    const token = await issuer.token(good());
    await Promise.all(Array.from({ length: 20 }, () => tokens.behind(token)));
    expect(issuer.reads).toBe(1);
  });

  it('are read again for a key that is not known, at most once a minute', async () => {
    await tokens.behind(await issuer.token(good()));
    const foreign = await Promise.all(
      Array.from({ length: 20 }, (_, n) => issuer.token(good(), { kid: `foreign-${n}` }, 'first')),
    );
    for (const token of foreign) await expect(tokens.behind(token)).rejects.toThrow(TokenRefused);
    expect(issuer.reads).toBe(1);

    monotonicMs += minuteMs;
    for (const token of foreign) await expect(tokens.behind(token)).rejects.toThrow(TokenRefused);
    expect(issuer.reads).toBe(2);
  });

  it('may be changed while tokens are used: the new one is found, the old one ends', async () => {
    const old = await issuer.token(good());
    await tokens.behind(old);
    await issuer.addKey('second');
    monotonicMs += minuteMs;
    const fresh = await issuer.token(good(), { kid: 'second' });
    expect((await tokens.behind(fresh)).caller.name).toBe('jwt:erp');
    expect((await tokens.behind(old)).caller.name).toBe('jwt:erp');

    issuer.removeKey('first');
    monotonicMs += 11 * minuteMs;
    await until(
      async () =>
        tokens.behind(old).then(
          () => false,
          (error) => error instanceof TokenRefused,
        ),
      'the old key to end',
    );
    expect((await tokens.behind(fresh)).caller.name).toBe('jwt:erp');
  });

  it('go on to work while the issuer is down, and an unknown one may be sent again later', async () => {
    const token = await issuer.token(good());
    await tokens.behind(token);
    await issuer.addKey('second');
    const fresh = await issuer.token(good(), { kid: 'second' });
    issuer.isDown = true;
    monotonicMs += 60 * minuteMs;

    expect((await tokens.behind(token)).caller.name).toBe('jwt:erp');
    const unknown = tokens.behind(fresh);
    await expect(unknown).rejects.toThrow(IssuerKeysUnreadable);
    await expect(unknown).rejects.toMatchObject({ code: 'overloaded', outcome: 'not_executed' });

    issuer.isDown = false;
    monotonicMs += minuteMs;
    expect((await tokens.behind(fresh)).caller.name).toBe('jwt:erp');
  });

  it('are not believed for longer than a day', async () => {
    const token = await issuer.token(good());
    await tokens.behind(token);
    issuer.isDown = true;
    monotonicMs += 24 * 60 * minuteMs;
    await expect(tokens.behind(token)).rejects.toThrow(IssuerKeysUnreadable);
  });

  it('are asked for again after five seconds where none could be read yet', async () => {
    const token = await issuer.token(good());
    issuer.isDown = true;
    await expect(tokens.behind(token)).rejects.toMatchObject({ retryAfterSeconds: 5 });
    await expect(tokens.behind(token)).rejects.toThrow(IssuerKeysUnreadable);
    expect(issuer.reads).toBe(1);

    issuer.isDown = false;
    monotonicMs += 5000;
    expect((await tokens.behind(token)).caller.name).toBe('jwt:erp');
  });

  it.each(['', '<html>', 'null', '{}', '{"keys":[]}', '{"keys":"first"}', '{"keys":[{}]}'])(
    'cannot be read from %j',
    async (instead) => {
      issuer.instead = instead;
      await expect(tokens.behind(await issuer.token(good()))).rejects.toThrow(IssuerKeysUnreadable);
    },
  );

  it('are no keys where they are symmetric or too short', async () => {
    const sign = (input: string) => createHmac('sha256', 'secret').update(input).digest('base64url');
    issuer.instead = JSON.stringify({
      keys: [{ kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'first' }],
    });
    await expect(tokens.behind(rawToken({ alg: 'HS256', kid: 'first' }, good(), sign))).rejects.toThrow(TokenRefused);

    const short = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
    const { n = '', ...jwk } = await exportJWK(short.publicKey);
    const cut = Buffer.from(n, 'base64url').subarray(0, 128).toString('base64url');
    issuer.instead = JSON.stringify({ keys: [{ ...jwk, n: cut, kid: 'first' }] });
    tokens = strange();
    await expect(tokens.behind(await issuer.token(good()))).rejects.toThrow(TokenRefused);
  });

  it('are not read past the egress guard', async () => {
    const exchange = guardedExchange({ allow: [], http: true, ownPorts: [] });
    const keys = new IssuerKeys(issuer.jwksUrl, exchange, { log: silent, now: () => monotonicMs });
    const guarded = new AccessTokens({ issuer: issuerName, audience }, keys, { now: () => at });
    await expect(guarded.behind(await issuer.token(good()))).rejects.toThrow(IssuerKeysUnreadable);
    expect(issuer.reads).toBe(0);
  });
});

/** The token with other claims under the same signature. */
function swapped(token: string, claims: object): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
}
