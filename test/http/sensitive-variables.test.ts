import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startGateway, type TestGateway } from '../gateway.js';

const canary = 'canary-of-a-salary-4711';
/** One that everybody saw before it was marked. */
const seen = 'salary-of-before-4711';
const connection = 'sandbox-bitrix24';
const redacted = '[redacted]';

interface Shown {
  readonly id: string;
  readonly processId?: string;
  readonly nativeId: string | null;
  readonly state: string;
  readonly variables: Record<string, unknown>;
}

let gateway: TestGateway;
let portal: string;
let sql: Client;
let lines = '';

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on', LOG_LEVEL: 'trace' }, (line) => (lines += line));
  const shown = await fetch(`${gateway.url}/v1/connections/${connection}`);
  portal = ((await shown.json()) as { baseUrl: string }).baseUrl;
  sql = new Client({ connectionString: gateway.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql?.end();
  await gateway?.close();
});

async function send(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', prefer: 'wait=20', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

function mark(definition: string, sensitive: readonly string[] | null): Promise<Response> {
  return send('PATCH', `/connections/${connection}/definitions/${definition}`, { sensitive });
}

const order = (variables: object): object => ({
  connection,
  definition: '20',
  subject: { type: 'crm.deal', id: '7' },
  variables: { Title: 'Supply contract', Approver: 'user_14', ...variables },
});

async function start(variables: object, headers: Record<string, string> = {}): Promise<Shown> {
  return (await (await send('POST', '/processes', order(variables), headers)).json()) as Shown;
}

/** What the portal executed of one run. */
async function executed(nativeId: string | null): Promise<Record<string, unknown>> {
  const runs = (await (await fetch(`${portal}/_sandbox/runs`)).json()) as {
    nativeId: string;
    variables: Record<string, unknown>;
  }[];
  return runs.find((run) => run.nativeId === nativeId)?.variables ?? {};
}

/** Tables that hold a text, in any row. */
async function holders(text: string): Promise<readonly string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `select format('%I', tablename) as name from pg_tables where schemaname = 'public'`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await sql.query(`select from ${name} row where row::text like $1 limit 1`, [`%${text}%`]);
    if (rowCount) found.push(name);
  }
  return found;
}

describe('a variable that is marked as sensitive', () => {
  it('stands in clear before, and nowhere but at the portal after', async () => {
    const before = await start({ Comment: seen });
    expect(before.variables).toMatchObject({ Comment: seen });
    expect(await holders(seen)).toEqual(['processes']);

    const marked = await mark('20', ['Comment', 'Amount']);
    expect(marked.status).toBe(200);
    expect(await marked.json()).toMatchObject({ definition: '20', sensitive: ['Comment', 'Amount'] });
    expect(await holders(seen)).toEqual([]);

    const after = await start({ Comment: seen, Amount: { amount: '4711.50', currency: 'RUB' } });
    expect(after).toMatchObject({ state: 'running', variables: { Comment: redacted, Amount: redacted } });
    expect(await executed(after.nativeId)).toMatchObject({ Comment: seen, Amount: '4711.50|RUB' });
    expect(await holders(seen)).toEqual([]);
    expect(await holders('4711.50')).toEqual([]);

    for (const { id } of [before, after]) {
      const shown = await (await send('GET', `/processes/${id}`)).text();
      const history = await (await send('GET', `/processes/${id}/history`)).text();
      expect(shown + history).not.toContain(seen);
      expect(shown).toContain(redacted);
    }
    expect(await (await send('GET', '/processes?include=variables,result')).text()).not.toContain(seen);
    expect(await (await send('GET', `/connections/${connection}/definitions`)).text()).toContain(
      '"sensitive":["Comment","Amount"]',
    );
    expect(lines).not.toContain(seen);
  });

  it('is sent as it is by a retry', async () => {
    await fetch(`${portal}/_sandbox/errors`, {
      method: 'POST',
      body: JSON.stringify({ method: 'bizproc.workflow.start', error: 'ACCESS_DENIED', status: 403, next: 1 }),
    });
    const refused = await start({ Comment: canary });
    const id = refused.processId ?? refused.id;
    const retried = await send('POST', `/processes/${id}/retry`, {});
    const again = (await retried.json()) as Shown;
    expect(again).toMatchObject({ state: 'running', variables: { Comment: redacted } });
    expect(await executed(again.nativeId)).toMatchObject({ Comment: canary });
    expect(await holders(canary)).toEqual([]);
  });

  it('is answered without its value under the same key, and is another request with another value', async () => {
    const headers = { 'idempotency-key': 'a-key-of-a-sensitive-start' };
    const first = await start({ Comment: canary }, headers);
    const again = await send('POST', '/processes', order({ Comment: canary }), headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await again.json()) as Shown).toMatchObject({ id: first.id, variables: { Comment: redacted } });
    const other = await send('POST', '/processes', order({ Comment: 'another' }), headers);
    expect(other.status).toBe(422);
  });

  it('is taken out of what the portal says of it', async () => {
    await fetch(`${portal}/_sandbox/errors`, {
      method: 'POST',
      body: JSON.stringify({
        method: 'bizproc.workflow.start',
        error: 'ACCESS_DENIED',
        description: `You may not say ${canary}.`,
        status: 403,
        next: 1,
      }),
    });
    const answer = await send('POST', '/processes', order({ Comment: canary }));
    const text = await answer.text();
    expect(text).toContain(`You may not say ${redacted}.`);
    expect(await holders(canary)).toEqual([]);
    expect(lines).not.toContain(canary);
  });

  it('is taken out of what a run reports of itself, by its name and in its message', async () => {
    const { id } = await start({ Comment: canary });
    const made = await send('POST', `/connections/${connection}/correlation-kit/report-token`, {});
    const { token } = (await made.json()) as { token: string };
    const message = `Paid ${canary.toUpperCase()}, or ${Buffer.from(canary).toString('base64')}`;
    const report = { processId: id, outcome: 'completed', message, result: { Comment: canary, Code: '7' } };
    await send('POST', `/inbound/report/${connection}`, report, { 'x-report-token': token });
    await send('GET', `/processes/${id}?wait=20&until=closed`);
    const shown = await (await send('GET', `/processes/${id}`)).json();
    expect(shown).toMatchObject({ state: 'completed', result: { Comment: redacted, Code: '7' } });
    expect(await (await send('GET', `/processes/${id}/history`)).text()).toContain(`Paid ${redacted}, or ${redacted}`);
    expect(await holders(canary)).toEqual([]);
    expect(await holders(canary.toUpperCase())).toEqual([]);
    expect(await holders(Buffer.from(canary).toString('base64').slice(0, 20))).toEqual([]);
  });

  it('is not shown by what would be sent', async () => {
    const body = order({ Comment: canary, Amount: { amount: '4711.50', currency: 'RUB' } });
    const text = await (await send('POST', '/processes?validateOnly=true', body)).text();
    expect(text).not.toContain(canary);
    expect(text).not.toContain('4711.50');
    expect(JSON.parse(text)).toMatchObject({
      valid: true,
      nativeCall: { body: { PARAMETERS: { Comment: redacted } } },
    });
  });

  it('waits sealed where its start waits', async () => {
    await send('POST', `/connections/${connection}/pause`, {});
    const waiting = await start({ Comment: canary }, { prefer: 'respond-async' });
    expect(waiting).toMatchObject({ state: 'queued', variables: { Comment: redacted } });
    expect(await holders(canary)).toEqual([]);
    await send('POST', `/connections/${connection}/resume`, {});
    const done = (await (await send('GET', `/processes/${waiting.id}?wait=20&revision=1`)).json()) as Shown;
    const shown =
      done.state === 'running'
        ? done
        : ((await (await send('GET', `/processes/${waiting.id}?wait=20&revision=2`)).json()) as Shown);
    expect(await executed(shown.nativeId)).toMatchObject({ Comment: canary });
  });
});

describe('the marking', () => {
  it('knows the names of the definition', async () => {
    const wrong = await mark('20', ['Comment', 'Coment']);
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '/sensitive/1', code: 'unknown-variable' }] });
  });

  it('ends for starts to come, and for none that was', async () => {
    const sealed = await start({ Comment: canary });
    expect((await mark('20', null)).status).toBe(200);
    const clear = await start({ Comment: 'not a secret' });
    expect(clear.variables).toMatchObject({ Comment: 'not a secret' });
    expect((await (await send('GET', `/processes/${sealed.id}`)).json()) as Shown).toMatchObject({
      variables: { Comment: redacted },
    });
  });
});
