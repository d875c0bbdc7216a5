import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';

describe('a gateway whose database is gone', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
    await cutOff(gateway.databaseUrl);
  });
  afterAll(() => gateway.close());

  const post = (body: object, things = 'clients'): Promise<Response> =>
    fetch(`${gateway.url}/v1/${things}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('says of a read that nothing happened', async () => {
    const answer = await fetch(`${gateway.url}/v1/clients`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ code: 'overloaded', outcome: 'not_executed', retryable: true });
  });

  it('says of a command that it does not know', async () => {
    const answer = await post({ name: 'x', scopes: [] });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'overloaded', outcome: 'unknown', retryable: true });
  });

  it('still refuses what needs no database to refuse', async () => {
    // What is audited is not even begun without its line.
    expect((await post({ connection: 5 }, 'processes')).status).toBe(400);
  });

  it('is live and not ready', async () => {
    expect((await fetch(`${gateway.url}/healthz/live`)).status).toBe(200);
    const ready = await fetch(`${gateway.url}/healthz/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: 'overloaded', outcome: 'not_executed' });
  });
});

/** Ends every session of a database and lets no new one in. */
async function cutOff(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const cluster = new URL(url);
  cluster.pathname = '/postgres';
  const session = new Client({ connectionString: cluster.href });
  await session.connect();
  try {
    await session.query(`drop database ${name} with (force)`);
  } finally {
    await session.end();
  }
}
