import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from '../gateway.js';
import { ContractCaller, type CallOptions } from './contract-caller.js';

type Body = Readonly<Record<string, unknown>>;

const adminKey = 'key-of-the-administrator';

let gateway: TestGateway;
let caller: ContractCaller;
let portal = '';

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on', AUTH: 'on', BOOTSTRAP_API_KEY: adminKey });
  caller = await ContractCaller.of(gateway.url, adminKey);
  portal = String(bodyOf(await caller.ask('GET', '/connections/{key}', 'sandbox-bitrix24'))['baseUrl']);
});

afterAll(async () => {
  await gateway?.close();
});

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null;
}

function bodyOf({ body }: { readonly body: unknown }): Body {
  return isBody(body) ? body : {};
}

function itemsOf(answer: { readonly body: unknown }): readonly Body[] {
  const { items } = bodyOf(answer);
  return Array.isArray(items) ? items.filter(isBody) : [];
}

const list = (query = '', options: CallOptions = {}, key = 'sandbox-bitrix24') =>
  caller.ask('GET', `/connections/{key}/native-runs${query}`, key, options);

/** A run that somebody started at the portal by hand. */
async function byHand(template: string, document: readonly string[]): Promise<string> {
  const answer = await fetch(`${portal}/rest/3/sandboxwebhook03/bizproc.workflow.start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ TEMPLATE_ID: template, DOCUMENT_ID: document, PARAMETERS: {} }),
  });
  const body: unknown = await answer.json();
  return isBody(body) ? String(body['result']) : '';
}

async function started(): Promise<Body> {
  const subject = { type: 'crm.lead', id: '5' };
  return bodyOf(
    await caller.ask('POST', '/processes', '', { body: { connection: 'sandbox-bitrix24', definition: '3', subject } }),
  );
}

/** The key of another client. */
async function client(settings: object): Promise<string> {
  const name = `client ${JSON.stringify(settings)}`;
  const body = { name, scopes: ['definitions:read'], requireIdempotencyKey: false, ...settings };
  return String(bodyOf(await caller.ask('POST', '/clients', '', { body }))['key']);
}

describe('the runs of a portal', () => {
  it('are listed, ours with their process and those of others without', async () => {
    const process = await started();
    const foreign = await byHand('1', ['crm', 'CCrmDocumentLead', 'LEAD_7']);

    const answer = await list();

    expect(answer.status).toBe(200);
    const runs = new Map(itemsOf(answer).map((item) => [item['nativeId'], item]));
    expect(runs.get(process['nativeId'])).toMatchObject({
      definition: '3',
      subject: { type: 'crm.lead', id: '5' },
      startedBy: '1',
      processId: process['id'],
    });
    expect(runs.get(foreign)).toMatchObject({
      definition: '1',
      subject: { type: 'crm.lead', id: '7' },
      startedBy: '3',
      processId: null,
    });
  });

  it('show their process through every connection that leads to the portal, and only to those who may see it', async () => {
    const process = await started();
    const stranger = await client({ sees: 'own' });
    const named = async (options: CallOptions, key?: string) =>
      itemsOf(await list('?subjectType=crm.lead&subjectId=5', options, key)).find(
        ({ nativeId }) => nativeId === process['nativeId'],
      );

    expect(await named({}, 'sandbox-bitrix24-app')).toMatchObject({ processId: process['id'] });
    expect(await named({ key: stranger })).toBeUndefined();
  });

  it('are paged, newest first, and filtered by all of the filters', async () => {
    const ids: string[] = [];
    for (const id of [21, 22, 23]) ids.unshift(await byHand('20', ['crm', 'CCrmDocumentDeal', `DEAL_${id}`]));
    const filter = '?definition=20&subjectType=crm.deal&startedAfter=2026-01-01T00:00:00Z';

    const first = await list(`${filter}&limit=2`);
    const second = await list(`${filter}&limit=2&cursor=${String(bodyOf(first)['nextCursor'])}`);

    const both = [...itemsOf(first), ...itemsOf(second)].map(({ nativeId }) => nativeId);
    expect(both).toHaveLength(3);
    expect(new Set(both)).toEqual(new Set(ids));
    expect(first.headers.get('link')).toMatch(/rel="next"/);
    expect(bodyOf(second)['nextCursor']).toBeNull();
    expect(itemsOf(await list('?definition=20&subjectId=22'))).toHaveLength(1);
    expect(itemsOf(await list('?definition=20&startedAfter=2099-01-01T00:00:00Z'))).toEqual([]);
    expect(itemsOf(await list('?subjectType=nonsense'))).toEqual([]);
  });

  it('fill a page although the portal gives fewer at a time', async () => {
    const cmd = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => {
        const document = `DOCUMENT_ID[0]=crm&DOCUMENT_ID[1]=CCrmDocumentDeal&DOCUMENT_ID[2]=DEAL_${n + 200}`;
        return [`s${n}`, `bizproc.workflow.start?TEMPLATE_ID=20&${document}`];
      }),
    );
    for (const _ of [1, 2]) {
      await fetch(`${portal}/rest/3/sandboxwebhook03/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cmd }),
      });
    }

    const filter = '?definition=20&limit=90';
    expect(itemsOf(await list(filter))).toHaveLength(90);
  });

  it('are only those of definitions that the caller may see', async () => {
    await started();
    const ofTwenty = await client({ definitions: ['20'] });

    const seen = itemsOf(await list('', { key: ofTwenty }));

    expect(new Set(seen.map(({ definition }) => definition))).toEqual(new Set(['20']));
    expect(itemsOf(await list('?definition=3', { key: ofTwenty }))).toEqual([]);
  });
});

describe('a list of runs that cannot be had', () => {
  it.each([
    ['of a connection that is not there', '', 'nobody', 404, 'not-found'],
    ['of a platform that lists none', '', 'sandbox-creatio', 422, 'capability-not-supported'],
    [
      'of documents for signature',
      '?definition=sign.b2e.document',
      'sandbox-bitrix24-app',
      422,
      'capability-not-supported',
    ],
    ['with an unknown filter', '?state=running', 'sandbox-bitrix24', 400, 'malformed-request'],
    ['with a bad time', '?startedAfter=yesterday', 'sandbox-bitrix24', 400, 'malformed-request'],
    ['with a cursor that is none', '?cursor=x', 'sandbox-bitrix24', 400, 'malformed-request'],
  ])('%s', async (_, query, key, status, code) => {
    expect(await list(query, {}, key)).toMatchObject({ status, body: { code } });
  });

  it('is none with the cursor of another connection', async () => {
    await Promise.all([
      byHand('20', ['crm', 'CCrmDocumentDeal', 'DEAL_31']),
      byHand('20', ['crm', 'CCrmDocumentDeal', 'DEAL_32']),
    ]);
    const { nextCursor } = bodyOf(await list('?limit=1'));

    expect(await list(`?cursor=${String(nextCursor)}`, {}, 'sandbox-bitrix24-app')).toMatchObject({ status: 400 });
  });

  it('is not there for a client of other connections, nor without the scope', async () => {
    expect(await list('', { key: await client({ connections: ['sandbox-creatio'] }) })).toMatchObject({ status: 404 });
    expect(await list('', { key: await client({ scopes: ['processes:read'] }) })).toMatchObject({ status: 403 });
  });
});

describe('a portal that drops a filter', () => {
  const known = (fields: readonly string[] | null) =>
    fetch(`${portal}/_sandbox/filters`, { method: 'POST', body: JSON.stringify({ known: fields }) });

  it('gives a list that cannot be read, not a longer one', async () => {
    await byHand('20', ['crm', 'CCrmDocumentDeal', 'DEAL_41']);
    await byHand('3', ['crm', 'CCrmDocumentLead', 'LEAD_41']);
    await known(['ID', 'STARTED']);
    try {
      expect(await list('?definition=3')).toMatchObject({ status: 502, body: { code: 'platform-bad-response' } });
      expect(await list('?subjectType=crm.deal')).toMatchObject({ status: 502 });
      expect(await list()).toMatchObject({ status: 200 });
    } finally {
      await known(null);
    }
    expect(await list('?definition=3')).toMatchObject({ status: 200 });
  });

  it('lets nothing be adopted by the name of another', async () => {
    await byHand('3', ['crm', 'CCrmDocumentLead', 'LEAD_42']);
    await known([]);
    try {
      const body = { connection: 'sandbox-bitrix24', nativeId: '66e81a641752f8.00000000' };
      expect(await caller.ask('POST', '/processes/adopt', '', { body })).toMatchObject({
        status: 502,
        body: { code: 'platform-bad-response', outcome: 'not_executed' },
      });
    } finally {
      await known(null);
    }
  });
});

describe('the capability', () => {
  it('is there where runs can be listed, with what the list lacks', async () => {
    const { capabilities } = bodyOf(await caller.ask('GET', '/connections/{key}/capabilities', 'sandbox-bitrix24'));

    expect(capabilities).toContainEqual(
      expect.objectContaining({
        operation: 'native_runs',
        supported: true,
        delivery: 'read',
        note: expect.stringContaining('no list'),
      }),
    );
  });
});

describe('who can sign for a company', () => {
  const providers = (query: string, key = 'sandbox-bitrix24-app') =>
    caller.ask('GET', `/connections/{key}/signing-providers${query}`, key);

  it('is listed by either name of the company, page by page', async () => {
    const whole = await providers('?companyCrmId=12');
    const first = await providers('?companyUuid=company-12&limit=1');
    const second = await providers(`?companyUuid=company-12&limit=1&cursor=${String(bodyOf(first)['nextCursor'])}`);

    expect(itemsOf(whole)).toMatchObject([{ code: 'ses-ru', name: 'Goskey' }, { code: 'goskey' }]);
    expect([...itemsOf(first), ...itemsOf(second)].map(({ uid }) => uid)).toEqual(itemsOf(whole).map(({ uid }) => uid));
    expect(bodyOf(second)['nextCursor']).toBeNull();
  });

  it.each([
    ['?companyCrmId=15', 'companyCrmId', 'unknown', '510'],
    ['?companyUuid=nobody', 'companyUuid', 'unknown', '510'],
    ['?companyCrmId=13', 'companyCrmId', 'not-served', ''],
    ['?companyCrmId=14', 'companyCrmId', 'not-served', '0'],
  ])('is refused with the parameter that names it: %s', async (query, parameter, code, native) => {
    expect(await providers(query)).toMatchObject({
      status: 422,
      body: { code: 'platform-rejected', errors: [{ parameter, code }], platform: { code: native } },
    });
  });

  it.each(['', '?companyCrmId=12&companyUuid=company-12', '?companyCrmId=0', '?companyCrmId=x', '?companyUuid='])(
    'needs exactly one good name: %j',
    async (query) => {
      expect(await providers(query)).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    },
  );

  it('takes an application, and says so', async () => {
    expect(await providers('?companyCrmId=12', 'sandbox-bitrix24')).toMatchObject({
      status: 422,
      body: { code: 'capability-not-supported', detail: expect.stringContaining('oauth') },
    });
    expect(await providers('?companyCrmId=12', 'sandbox-creatio')).toMatchObject({ status: 422 });
    expect(await providers('?companyCrmId=12', 'nobody')).toMatchObject({ status: 404 });
  });
});
