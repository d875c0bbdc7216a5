import { startGateway, type TestGateway } from '../gateway.js';

const adminKey = 'the-key-of-the-administrator';

describe('a body over 1 MiB', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
  });
  afterAll(() => gateway.close());

  const post = (path: string, key: string, body: object): Promise<Response> =>
    fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify(body),
    });
  const keyWith = async (scope: string): Promise<string> => {
    const made = await post('/v1/clients', adminKey, { name: scope, scopes: [scope] });
    return ((await made.json()) as { key: string }).key;
  };
  const start = (megabytes: number): object => ({
    connection: 'nowhere',
    definition: 'sign.b2e.document',
    variables: { fileContent: 'x'.repeat(megabytes * 1024 * 1024) },
  });

  it('is read on a start by a caller that may sign', async () => {
    const answer = await post('/v1/processes', await keyWith('processes:sign'), start(23));
    expect(answer.status).toBe(404);
  });

  it('is not read from anybody else', async () => {
    const answer = await post('/v1/processes', await keyWith('processes:start'), start(2));
    expect(await answer.json()).toMatchObject({ status: 413, code: 'payload-too-large' });
  });

  it('is not read on other routes, nor over 24 MiB', async () => {
    expect((await post('/v1/clients', adminKey, start(2))).status).toBe(413);
    expect((await post('/v1/processes', adminKey, start(25))).status).toBe(413);
  });
});
