import { startGateway, type TestGateway } from '../gateway.js';

describe('the metrics of a gateway with keys', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ AUTH: 'on', BOOTSTRAP_API_KEY: 'the-key-of-the-administrator' });
  });
  afterAll(() => gateway.close());

  it('are open on loopback and count requests by route, without ids', async () => {
    await fetch(`${gateway.url}/v1/clients/00000000-0000-7000-8000-000000000001`);
    const answer = await fetch(`${gateway.url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(await answer.text()).toContain(
      'bpmgw_http_requests_total{method="GET",route="/v1/clients/:id",status="401"} 1',
    );
  });

  it('need an administrator where a proxy asks for somebody else', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect((await fetch(`${gateway.url}/metrics`, { headers: forwarded })).status).toBe(401);
    const authorization = 'Bearer the-key-of-the-administrator';
    expect((await fetch(`${gateway.url}/metrics`, { headers: { ...forwarded, authorization } })).status).toBe(200);
  });
});
