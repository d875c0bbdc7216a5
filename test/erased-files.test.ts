import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bitrix24 } from '../src/platforms/bitrix24/bitrix24.platform.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

const application = 'sandbox-bitrix24-app';
const fields: Record<string, unknown> = Object(bitrix24.examples.starts[2]?.body['variables']);
const content = Buffer.from('%PDF-1.4 canary of a contract').toString('base64');
const erased = { fileContent: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 29 } };

interface Signing {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly variables: { readonly files: readonly object[] };
}

let gateway: TestGateway;
let portal: string;
let sql: Client;
let documents = 0;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on', STATUS_POLL_SECONDS: '1' });
  const shown = await fetch(`${gateway.url}/v1/connections/${application}`);
  portal = ((await shown.json()) as { baseUrl: string }).baseUrl;
  sql = new Client({ connectionString: gateway.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await gateway?.close();
});

async function post(path: string, body: object, prefer = 'wait=10'): Promise<Response> {
  const headers = { 'content-type': 'application/json', prefer };
  return fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Starts the signing of a document of its own, with a file that is found again wherever it is kept. */
async function signing(prefer?: string): Promise<Signing> {
  const externalSettings = { externalId: `FILE-${(documents += 1)}`, externalDateCreate: '2026-02-18T09:19:34+03:00' };
  const files = [{ fileName: 'contract.pdf', fileType: 'application/pdf', fileContent: content }];
  const variables = { ...fields, files, externalSettings };
  const answer = await post(
    '/processes',
    { connection: application, definition: 'sign.b2e.document', variables },
    prefer,
  );
  const told = (await answer.json()) as Signing & { processId?: string };
  return shown(told.processId ?? told.id);
}

async function shown(id: string): Promise<Signing> {
  return (await (await fetch(`${gateway.url}/v1/processes/${id}`)).json()) as Signing;
}

async function control(path: string, body: object): Promise<void> {
  await fetch(`${portal}/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
}

/** Sealed values that are kept. */
async function sealed(): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('select count(sealed_variables)::int as count from processes');
  return rows[0]?.count ?? -1;
}

/** Tables that hold the file in clear, in any row. */
async function holders(): Promise<readonly string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `select format('%I', tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await sql.query(`select from ${name} row where row::text like $1 limit 1`, [`%${content}%`]);
    if (rowCount) found.push(name);
  }
  return found;
}

describe('the file of a document for signature', () => {
  it('is kept sealed for as long as it may have to be sent or looked for, and shown to nobody', async () => {
    const open = await signing();
    expect(open).toMatchObject({ state: 'running', variables: { files: [erased] } });
    expect([await holders(), await sealed()]).toEqual([[], 1]);

    await control(`documents/${open.nativeId ?? ''}`, { state: 'done' });
    await until(async () => (await shown(open.id)).state === 'completed', 'the end of the signing');
    expect([await holders(), await sealed()]).toEqual([[], 0]);
    expect(await shown(open.id)).toMatchObject({ variables: { files: [{ fileName: 'contract.pdf', ...erased }] } });
  });

  it('is erased with its refusal', async () => {
    await control('errors', { method: 'sign.b2e.document.send', error: 'BAD_REQUEST', status: 200, next: 1 });
    expect(await signing()).toMatchObject({ state: 'rejected', variables: { files: [erased] } });
    expect([await holders(), await sealed()]).toEqual([[], 0]);
  });

  it('is not shown by a refusal that says its beginning back', async () => {
    const description = `Wrong parameters: ${content.slice(0, 30)} (cut) of the file`;
    await control('errors', {
      method: 'sign.b2e.document.send',
      error: 'BAD_REQUEST',
      description,
      status: 200,
      next: 1,
    });
    const { id } = await signing();
    const said = JSON.stringify(await shown(id));
    expect(said).toContain('Wrong parameters: [redacted] (cut) of the file');
    expect(said).not.toContain(content.slice(0, 12));
  });

  it('is erased when it is withdrawn', async () => {
    await post(`/connections/${application}/pause`, {});
    const { id } = await signing('respond-async');
    expect([await holders(), await sealed()]).toEqual([[], 1]);

    await post(`/processes/${id}/terminate`, {});
    expect((await shown(id)).state).toBe('withdrawn');
    expect([await holders(), await sealed()]).toEqual([[], 0]);
    await post(`/connections/${application}/resume`, {});
  });

  it('is erased by a person who closes it', async () => {
    const { id } = await signing();
    await post(`/processes/${id}/close`, { as: 'completed', reason: 'Signed on paper' });
    expect((await shown(id)).state).toBe('completed');
    expect([await holders(), await sealed()]).toEqual([[], 0]);
  });
});
