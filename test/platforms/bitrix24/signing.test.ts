import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { examples } from '../../../src/platforms/bitrix24/examples.js';
import { templates } from '../../../src/platforms/bitrix24/sandbox/templates.js';
import { signingDefinition, signingRunOf } from '../../../src/platforms/bitrix24/signing.js';
import type { StartOrder } from '../../../src/platforms/run.js';
import { answer, answering, oauthAuth } from './answering.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';

const fields: JsonObject = Object(examples.starts[2]?.body['variables']);
const signing = (variables: JsonObject = fields, options: JsonObject = {}): StartOrder =>
  orderOf('sign.b2e.document', { subject: null, variables, options });

const portal = answering(answer(200, { result: null }), oauthAuth);
const faultsOf = (order: StartOrder): (readonly string[])[] =>
  portal.prepare(order, signingDefinition).faults.map(({ pointer, code, kind }) => [pointer, code, kind]);

describe('the input of a signing', () => {
  it('is the fields object of the vendor', () => {
    expect(portal.prepare(signing(), signingDefinition)).toEqual({
      faults: [],
      unsupported: null,
      subject: null,
      inputChecked: true,
    });
    expect(signingDefinition.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it('must be complete', () => {
    const required = faultsOf(signing({})).map(([pointer]) => pointer);

    expect(required).toEqual(
      [
        'company',
        'members',
        'responsible',
        'companyProviderUid',
        'files',
        'regionDocumentType',
        'externalSettings',
      ].map((name) => `/variables/${name}`),
    );
  });

  const file = { fileName: 'a.pdf', fileType: 'application/pdf', fileContent: 'JVBERi0=' };
  it.each<[string, JsonObject, string]>([
    ['both companies', { company: { crmId: 1, uuid: 'u' } }, '/variables/company'],
    ['no company', { company: {} }, '/variables/company'],
    ['no signer', { members: [{ userId: 1, role: 'assignee' }] }, '/variables/members'],
    ['no assignee', { members: [{ userId: 1, role: 'signer' }] }, '/variables/members'],
    ['an unknown role', { members: [{ userId: 1, role: 'boss' }] }, '/variables/members/0/role'],
    ['two files', { files: [file, file] }, '/variables/files'],
    ['no file', { files: [] }, '/variables/files'],
    ['a picture', { files: [{ ...file, fileType: 'image/png' }] }, '/variables/files/0/fileType'],
    ['a name without .pdf', { files: [{ ...file, fileName: 'a.doc' }] }, '/variables/files/0/fileName'],
    ['nobody responsible', { responsible: {} }, '/variables/responsible'],
    ['no date', { externalSettings: { externalId: 'E' } }, '/variables/externalSettings/externalDateCreate'],
    [
      'a long id',
      { externalSettings: { externalId: 'E'.repeat(256), externalDateCreate: '2026-02-18T09:19:34Z' } },
      '/variables/externalSettings/externalId',
    ],
    ['an unknown field', { fieldz: 1 }, '/variables/fieldz'],
    ['a field of the wrong type', { regionDocumentType: 12.999 }, '/variables/regionDocumentType'],
  ])('with %s is a fault of value', (_, changed, pointer) => {
    expect(faultsOf(signing({ ...fields, ...changed }))).toContainEqual([pointer, expect.any(String), 'value']);
  });

  it('takes a language beside it, and nothing else', () => {
    expect(faultsOf(signing(fields, { language: 'ru' }))).toEqual([]);
    expect(faultsOf(signing(fields, { language: 'russian' }))).toEqual([['/options/language', 'invalid', 'value']]);
    expect(faultsOf(signing(fields, { lang: 'ru' }))).toEqual([['/options/lang', 'unknown-field', 'shape']]);
  });

  it('is shown with a hash in the place of the file', () => {
    const { body } = portal.nativeCall(signing());

    expect(JSON.stringify(body)).not.toContain('JVBERi0');
    expect(body).toMatchObject({ fields: { files: [{ fileContent: { bytes: 15 } }] }, language: 'en' });
    expect(JSON.stringify(portal.nativeCall(signing()))).not.toContain('canary');
    expect(bitrix24.showVariables?.('sign.b2e.document', fields)).toEqual(body?.['fields']);
    expect(bitrix24.showVariables?.('1', { a: 'b' })).toEqual({ a: 'b' });
  });
});

describe('the state of a document', () => {
  it.each([
    ['new', 'wait', 'running'],
    ['signing', 'ready', 'running'],
    ['sent', 'wait', 'running'],
    ['in_progress', 'waiting', 'running'],
    ['undefined', 'undefined', 'running'],
    ['something-new', 'wait', 'running'],
    ['done', 'done', 'completed'],
    ['stopped', 'stopped', 'terminated'],
    ['stopped', 'refused', 'failed'],
    ['signing', 'refused', 'running'],
  ])('%s with a member who is %s is %s', (code, member, state) => {
    const told = signingRunOf({ uid: 'u', state: { code }, members: [{ state: { code: member } }] });

    expect(told?.run).toMatchObject({ state, nativeState: code });
    expect(told?.run.failure === null).toBe(state !== 'failed');
  });
});

describe('a signing at a simulated portal', () => {
  it('is sent once, followed, and completed by what the platform reports', () =>
    withSandbox(async ({ open, control, runs, sent }) => {
      const app = open('-app');

      const started = await app.start(signing(), command());
      const run = { nativeId: String(started.nativeId), definition: 'sign.b2e.document' };
      await control(`documents/${run.nativeId}`, { state: 'done' });
      const seen = await app.observe([run], read());

      expect(started).toMatchObject({ state: 'running', nativeState: 'signing', runId: null });
      expect(started.result).toMatchObject({ uid: run.nativeId, state: { code: 'signing' }, members: [{}, {}] });
      expect(seen.get(run.nativeId)).toMatchObject({ seen: true, state: 'completed', nativeState: 'done' });
      expect(await runs()).toMatchObject([
        { definition: 'sign.b2e.document', externalId: 'EXT-123', state: 'completed' },
      ]);
      expect(sent[0]?.headers['authorization']).toMatch(/^Bearer /);
      expect(sent[0]?.url).not.toContain('auth');
    }));

  it('fails when a member refuses', () =>
    withSandbox(async ({ open, control }) => {
      const app = open('-app');
      const { nativeId } = await app.start(signing(), command());
      const run = { nativeId: String(nativeId), definition: 'sign.b2e.document' };
      await control(`documents/${run.nativeId}`, { state: 'stopped', memberState: 'refused' });

      expect((await app.observe([run], read())).get(run.nativeId)).toMatchObject({
        state: 'failed',
        failure: { code: 'member_refused' },
      });
    }));

  it('is refused with the words of the vendor', () =>
    withSandbox(async ({ open }) => {
      const order = signing({ ...fields, companyProviderUid: 'unknown' });

      await expect(open('-app').start(order, command())).rejects.toMatchObject({
        because: 'rejected',
        native: { code: 'BAD_REQUEST', message: '[companyProviderUid] Signing provider is not available.' },
      });
    }));

  it('is beyond a webhook', () =>
    withSandbox(async ({ open, sent }) => {
      const webhook = open('');

      expect(webhook.prepare(signing(), signingDefinition).unsupported).toMatch(/oauth/);
      await expect(webhook.start(signing(), command())).rejects.toMatchObject({
        because: 'capability',
      });
      expect(sent).toEqual([]);
    }));
});

describe('the definitions of a simulated portal', () => {
  it('are its templates, and the signing where there is an application', () =>
    withSandbox(async ({ open, sent }) => {
      const names = (await open('').definitions(read()))?.map(({ definition, name }) => `${definition} ${name}`);
      const ofApp = (await open('-app').definitions(read()))?.map(({ definition }) => definition);

      expect(names?.[0]).toBe('1 Contract approval');
      expect(names).toHaveLength(templates.length);
      expect(ofApp?.at(-1)).toBe('sign.b2e.document');
      expect(sent).toHaveLength(2);
    }));

  it('are read one by one, with their parameters', () =>
    withSandbox(async ({ open }) => {
      const all = await open('').definition('20', read());

      expect(all?.parameters.map(({ name, type }) => `${name} ${type}`)).toEqual([
        'Title text',
        'Comment text',
        'Copies integer',
        'Share number',
        'Urgent boolean',
        'SignBy date',
        'MeetAt datetime',
        'Kind select',
        'Approver user',
        'Amount money',
        'Readers user',
      ]);
      expect(await open('').definition('999', read())).toBeNull();
    }));

  it('take the examples of the documentation', () =>
    withSandbox(async ({ open, runs }) => {
      const portal = open('');
      const { variables, subject } = { ...examples.starts[1]?.body };
      const spec = await portal.definition('20', read());
      const order = orderOf('20', { variables: Object(variables), subject: Object(subject), spec });

      expect(portal.prepare(order, spec).faults).toEqual([]);
      await portal.start(order, command());

      expect(await runs()).toMatchObject([
        {
          variables: {
            SignBy: '31.12.2026',
            MeetAt: '01.12.2026 10:00:00',
            Amount: '100.50|RUB',
            Readers: ['user_15', 'user_16'],
            Copies: '3',
            Urgent: 'Y',
            gatewayProcessId: order.processId,
          },
        },
      ]);
    }));
});
