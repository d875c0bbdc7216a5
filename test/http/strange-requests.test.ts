import { startGateway, type TestGateway } from '../gateway.js';
import { rawRequest, type RawAnswer } from './raw-request.js';

/** Status and code of a problem, after everything was looked at that each of them must have. */
function problemIn({ status, headers, body }: RawAnswer): { status: number; code: unknown } {
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(headers['content-type']).toBe('application/problem+json');
  expect(headers['x-request-id']).toBeTruthy();
  expect(problem).toMatchObject({ status, outcome: 'not_executed', retryable: false });
  expect(problem['type']).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/problems/${String(problem['code'])}$`));
  expect(problem['traceId']).toBe(/^00-([0-9a-f]{32})-/.exec(headers['traceparent'] ?? '')?.[1]);
  return { status, code: problem['code'] };
}

const codeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { code?: unknown }).code;

describe('a request that nobody thinks of', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const host = (): string => new URL(gateway.url).host;
  const send = (line: string, headers: readonly string[] = [], body: string | Uint8Array = ''): Promise<RawAnswer> => {
    const head = [line, `Host: ${host()}`, ...headers, '', ''].join('\r\n');
    return rawRequest(gateway.url, Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
  };
  const post = (
    body: string | Uint8Array,
    headers: readonly string[] = ['Content-Type: application/json'],
  ): Promise<RawAnswer> =>
    send('POST /v1/clients HTTP/1.1', [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);

  it.each([
    ['/nothing', 404, 'not-found'],
    ['/v1/clients/17', 404, 'not-found'],
    ['/v1/clients/%00', 404, 'not-found'],
    ['/v1/clients/..%2f..', 404, 'not-found'],
    ['/v1//clients', 404, 'not-found'],
    [`/v1/clients/${'x'.repeat(2000)}`, 404, 'not-found'],
    ['/v1/clients/%zz', 400, 'malformed-request'],
    ['/v1/clients/%ff', 400, 'malformed-request'],
    ['/v1/clients?limit=1e2', 400, 'malformed-request'],
    ['/v1/clients?cursor=x', 400, 'malformed-request'],
    ['/v1/clients?state=a&state=b', 400, 'malformed-request'],
    ['/v1/clients?state[]=a', 400, 'malformed-request'],
    ['/v1/clients?limit=%zz', 400, 'malformed-request'],
    ['/v1/clients?limit=%00', 400, 'malformed-request'],
    ['/v1/clients/00000000-0000-7000-8000-000000000001?x=1', 400, 'malformed-request'],
    ['/problems/nothing', 404, 'not-found'],
    ['/problems/__proto__', 404, 'not-found'],
    ['/docs/../../package.json', 400, 'malformed-request'],
  ])('GET %s is answered with a problem', async (path, status, code) => {
    expect(problemIn(await send(`GET ${path} HTTP/1.1`))).toEqual({ status: status, code: code });
  });

  it.each(['OPTIONS', 'TRACE', 'DELETE', 'PUT', 'PROPFIND'])(
    '%s where it is not taken names what is',
    async (method) => {
      const answer = await send(`${method} /v1/clients HTTP/1.1`);
      expect(problemIn(answer)).toEqual({ status: 405, code: 'method-not-allowed' });
      expect(answer.headers['allow']).toBe('GET, HEAD, POST');
    },
  );

  it('HEAD is GET without a body', async () => {
    const answer = await send('HEAD /v1/clients HTTP/1.1', ['Connection: close']);
    expect(answer).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    ['null', 400, 'malformed-request'],
    ['17', 400, 'malformed-request'],
    ['"text"', 400, 'malformed-request'],
    ['[]', 400, 'malformed-request'],
    ['', 400, 'malformed-request'],
    ['{', 400, 'malformed-request'],
    ['\uFEFF{}', 400, 'malformed-request'],
    [Buffer.from('{"name": "a"}', 'utf16le'), 400, 'malformed-request'],
    [Buffer.from('{"name": "\xe9"}', 'latin1'), 400, 'malformed-request'],
    ['{"name": "a\\u0000b", "scopes": []}', 400, 'malformed-request'],
    ['{"name": "\\ud800", "scopes": []}', 400, 'malformed-request'],
    ['{"name": "a", "name": "b", "scopes": []}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "requestsPerMinute": 1e400}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "__proto__": {"admin": true}}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "constructor": {}}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "toString": "x"}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "hasOwnProperty": "x"}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "__defineGetter__": "x"}', 400, 'malformed-request'],
    ['{"name": null, "scopes": []}', 400, 'malformed-request'],
    ['{"name": "a", "scopes": [], "requestsPerMinute": 1.5}', 422, 'validation-failed'],
    ['{"name": "a", "scopes": [], "requestsPerMinute": 9007199254740991}', 422, 'validation-failed'],
    ['{"name": "a", "scopes": [], "expiresAt": "+275760-09-13T00:00:00Z"}', 422, 'validation-failed'],
    [JSON.stringify({ name: 'x'.repeat(3000), scopes: [] }), 422, 'validation-failed'],
    ['['.repeat(50_000), 413, 'payload-too-large'],
    [`{"name": "${'x'.repeat(1024 * 1024)}"}`, 413, 'payload-too-large'],
  ])('a body %.40s is answered with a problem', async (body, status, code) => {
    expect(problemIn(await post(body))).toEqual({ status: status, code: code });
  });

  it.each([
    'Content-Type: text/plain',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: application/json; charset=utf-16',
    'Content-Type: ',
    'Content-Type: application/json\r\nContent-Encoding: gzip',
    'X-No-Type: 1',
  ])('a body with %j is of no type that is read', async (header) => {
    expect(problemIn(await post('{"name": "a", "scopes": []}', [header]))).toEqual({
      status: 415,
      code: 'unsupported-media-type',
    });
  });

  it.each([
    ['a wrong length', 'POST /v1/clients HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: x\r\n'],
    ['a length and chunks', 'POST /v1/clients HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n'],
    ['no HTTP at all', 'HELLO\r\n'],
    ['a NUL in a header', 'GET /v1/clients HTTP/1.1\r\nX-A: a\0b\r\n'],
    ['an unheard method', 'BREW /v1/clients HTTP/1.1\r\n'],
  ])('%s is malformed', async (_, head) => {
    expect(problemIn(await rawRequest(gateway.url, `${head}Host: ${host()}\r\n\r\n{}`))).toEqual({
      status: 400,
      code: 'malformed-request',
    });
  });

  it('a header without end is too large', async () => {
    expect(problemIn(await send('GET /v1/clients HTTP/1.1', [`X-A: ${'a'.repeat(20_000)}`]))).toEqual({
      status: 431,
      code: 'headers-too-large',
    });
  });

  it('a chunked body is cut off at the limit', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const headers = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
    expect(problemIn(await send('POST /v1/clients HTTP/1.1', headers, chunk.repeat(17)))).toEqual({
      status: 413,
      code: 'payload-too-large',
    });
  });

  it.each([
    'X-A: \xe9\xff',
    'Expect: 100-continue',
    'traceparent: \xe9',
    'X-Request-Id: a b',
    'Accept:',
    'Accept: */*;q=0.1',
    'Accept: text/html, APPLICATION/JSON;q=0.5',
    'Accept: application/problem+json',
    'Accept: application/*',
  ])('a header %j changes nothing', async (header) => {
    const answer = await send('GET /v1/clients HTTP/1.1', [header]);
    expect(answer.status).toBe(200);
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{36}$/);
  });

  it.each([
    'image/png',
    'application/xml',
    'text/*, image/*',
    'application/json;q=0',
    'application/json; q=0.000, */*',
  ])('an Accept of %s cannot be met', async (accept) => {
    expect(problemIn(await send('GET /v1/clients HTTP/1.1', [`Accept: ${accept}`]))).toEqual({
      status: 406,
      code: 'not-acceptable',
    });
  });

  it('an Accept of problems only is answered all the same', async () => {
    expect(problemIn(await send('GET /nothing HTTP/1.1', ['Accept: text/html']))).toEqual({
      status: 404,
      code: 'not-found',
    });
  });
});

describe('a request of a web page', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ PUBLIC_URL: 'https://bpm.example.com' });
  });
  afterAll(() => gateway.close());

  const get = async (path: string, headers: readonly string[]): Promise<RawAnswer> =>
    rawRequest(gateway.url, ['GET ' + path + ' HTTP/1.1', ...headers, '', ''].join('\r\n'));

  it.each(['bpm.example.com', 'BPM.EXAMPLE.COM:443', 'localhost:3000', '127.0.0.1', '[::1]:80'])(
    'under the name %s is taken',
    async (name) => {
      expect((await get('/v1/clients', [`Host: ${name}`])).status).toBe(200);
    },
  );

  it.each(['evil.example', 'bpm.example.com.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'a b', ''])(
    'under the name %j, which may be rebound, is refused',
    async (name) => {
      const answer = await get('/v1/clients', [`Host: ${name}`]);
      expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 403, code: 'host-not-allowed' });
    },
  );

  it('from another origin is refused, from its own pages taken', async () => {
    const host = 'Host: bpm.example.com';
    for (const origin of ['https://evil.example', 'null', 'https://bpm.example.com.evil.example']) {
      expect(codeOf(await get('/v1/clients', [host, `Origin: ${origin}`]))).toBe('origin-not-allowed');
    }
    expect((await get('/v1/clients', [host, 'Origin: https://bpm.example.com'])).status).toBe(200);
  });

  it.each(['http://evil.example', 'http://evil.example:80', 'ftp://evil.example', 'http://localhost@evil.example'])(
    'whose target names %s is refused, whatever its Host is',
    async (site) => {
      const answer = await get(`${site}/v1/clients`, ['Host: localhost']);
      expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 403, code: 'host-not-allowed' });
    },
  );

  it('whose target names the gateway is taken, whatever its Host is', async () => {
    expect((await get('http://bpm.example.com/v1/clients', ['Host: evil.example'])).status).toBe(200);
  });

  it.each(['user@localhost', 'localhost/x', 'localhost#x', 'evil.example\\@localhost'])(
    'under %s, which is no name of a host, is refused',
    async (name) => {
      expect(codeOf(await get('/v1/clients', [`Host: ${name}`]))).toBe('host-not-allowed');
    },
  );

  it('for health is taken under any name', async () => {
    expect((await get('/healthz/live', ['Host: 10.1.2.3:8080'])).status).toBe(200);
    expect((await get('/healthz/ready', ['Host: pod.cluster.local'])).status).toBe(200);
  });

  it('has problem types of the public address', async () => {
    const { body } = await get('/nothing', ['Host: localhost']);
    expect((JSON.parse(body) as { type: string }).type).toBe('https://bpm.example.com/problems/not-found');
  });
});

describe('a request that names its host twice, or not at all', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  it.each([
    ['two names', 'GET /v1/clients HTTP/1.1', ['Host: localhost', 'Host: evil.example']],
    ['the same name twice', 'GET /v1/clients HTTP/1.1', ['Host: localhost', 'host: localhost']],
    ['two names for health', 'GET /healthz/live HTTP/1.1', ['Host: localhost', 'Host: evil.example']],
    ['no name', 'GET /v1/clients HTTP/1.1', ['X-A: b']],
    ['no name for health', 'GET /healthz/live HTTP/1.1', ['X-A: b']],
    ['no name where nothing is', 'GET /nothing HTTP/1.1', ['X-A: b']],
  ])('is malformed with %s', async (_, line, headers) => {
    const answer = await rawRequest(gateway.url, [line, ...headers, '', ''].join('\r\n'));
    expect(problemIn(answer)).toEqual({ status: 400, code: 'malformed-request' });
  });
});

describe('a request that came through a trusted proxy', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ TRUSTED_PROXIES: '127.0.0.0/8', PUBLIC_URL: 'https://bpm.example.com' });
  });
  afterAll(() => gateway.close());

  const get = async (...headers: readonly string[]): Promise<RawAnswer> =>
    rawRequest(gateway.url, ['GET /v1/clients HTTP/1.1', ...headers, '', ''].join('\r\n'));

  it('is for the host that it names, whatever X-Forwarded-Host says', async () => {
    const answer = await get('Host: evil.example', 'X-Forwarded-Host: bpm.example.com');
    expect(codeOf(answer)).toBe('host-not-allowed');
    expect((await get('Host: bpm.example.com', 'X-Forwarded-Host: evil.example')).status).toBe(200);
  });

  it('is not of its own pages because X-Forwarded-Host says so, and its links are those of PUBLIC_URL', async () => {
    const forwarded = ['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'Forwarded: host=evil.example'];
    const answer = await get('Host: localhost', 'Origin: https://evil.example', ...forwarded);
    expect(codeOf(answer)).toBe('origin-not-allowed');
    expect(answer.body).toContain('https://bpm.example.com/problems/');
    expect(JSON.stringify(answer)).not.toContain('evil.example');
  });
});
