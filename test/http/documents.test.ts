import { parse } from 'yaml';
import { problems } from '../../src/http/problems.js';
import { platformKinds } from '../../src/platforms/registry.js';
import { startGateway, type TestGateway } from '../gateway.js';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId?: string; responses: Record<string, object> }>>>
  >;
}

describe('the documents', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    // Documents are for everybody, also where all else needs a key.
    gateway = await startGateway({ AUTH: 'on' });
  });
  afterAll(() => gateway.close());

  const get = (path: string): Promise<Response> => fetch(gateway.url + path);

  it('are one contract as JSON and as YAML', async () => {
    const json = (await (await get('/openapi.json')).json()) as Document;
    expect(parse(await (await get('/openapi.yaml')).text())).toEqual(json);
    expect(json.openapi).toBe('3.1.0');
  });

  it('name every operation once and describe its errors', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as Document;
    const operations = Object.values(paths).flatMap((item) => Object.values(item));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { responses } of operations) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '500', '503']));
    }
  });

  it("show the platforms' own fields of a connection", async () => {
    const document: unknown = await (await get('/openapi.json')).json();
    for (const { connectionSchema } of platformKinds) {
      for (const field of Object.keys(Object(connectionSchema['properties']))) {
        expect(document).toHaveProperty(['components', 'schemas', 'Connection', 'properties', field]);
      }
    }
  });

  it.each([
    ['/v1/processes', true],
    ['/v1/processes/{id}/terminate', true],
    ['/v1/processes/{id}/close', false],
    ['/v1/incidents/{id}/resolve', false],
  ])('say of POST %s whether it heeds a preference: %s', async (path, heeds) => {
    const { paths } = (await (await get('/openapi.json')).json()) as Document;

    expect(JSON.stringify(paths[path]?.['post']).includes('"name":"Prefer"')).toBe(heeds);
  });

  it('show Swagger UI with everything from here, under a policy that forbids the rest', async () => {
    const page = await get('/docs');
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/(src|href)=["']https?:/);
    const files = [...html.matchAll(/(?:src|href)="(\.\/docs\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await get(new URL(file, `${gateway.url}/docs`).pathname)).status).toBe(200);
    expect(await (await get('/docs/swagger-ui-init.js')).text()).toContain('"tryItOutEnabled": true');
  });

  it.each(Object.keys(problems))('explain %s', async (code) => {
    const page = await get(`/problems/${code}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(await page.text()).toContain(`<code>${code}</code>`);
  });

  it('are not to be sniffed or framed', async () => {
    const { headers } = await get('/openapi.json');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});
