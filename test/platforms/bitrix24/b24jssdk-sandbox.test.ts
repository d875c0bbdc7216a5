import { describe, expect, it } from '@jest/globals';
import { withForeignPortal } from './foreign-script.js';

/** Both ways of signing in call the same; a failure becomes its code, status and text. */
const calls = `
  const call = async (b24, method, params) => {
    try {
      const told = await b24.actions.v2.call.make({ method, params });
      return told.isSuccess ? told.getData().result : { errors: told.getErrorMessages() };
    } catch (error) {
      return { code: error.code, status: error.status, text: error.message };
    }
  };
  const document = ['crm', 'CCrmDocumentLead', 'LEAD_1'];
  const start = (TEMPLATE_ID = 1) => ({ TEMPLATE_ID, DOCUMENT_ID: document, PARAMETERS: { Parameter1: 'user_1' } });
  const tell = (told) => { console.log(JSON.stringify(told)); process.exit(0); };
`;

/** What the SDK does at the portal whose webhook is the first argument. */
const workflows = `
  import { B24Hook } from '@bitrix24/b24jssdk';
  ${calls}
  const b24 = B24Hook.fromWebhookUrl(process.argv[1]);
  const asked = (method, params) => call(b24, method, params);
  const started = await asked('bizproc.workflow.start', start());
  const instances = await asked('bizproc.workflow.instances', { SELECT: ['ID', 'TEMPLATE_ID'], FILTER: { ID: started } });
  const templates = await asked('bizproc.workflow.template.list', { SELECT: ['ID', 'NAME', 'PARAMETERS'], FILTER: { ID: '1' } });
  const tasks = await asked('bizproc.task.list', { SELECT: ['ID', 'WORKFLOW_ID', 'STATUS'], FILTER: { WORKFLOW_ID: started } });
  const batch = await b24.actions.v2.batch.make({
    calls: {
      who: { method: 'profile', params: {} },
      begun: { method: 'bizproc.workflow.start', params: start() },
      runs: { method: 'bizproc.workflow.instances', params: { FILTER: { ID: started }, SELECT: ['ID'] } },
    },
    options: { isHaltOnError: false },
  });
  const completed = await asked('bizproc.task.complete', { TASK_ID: tasks[0].ID, STATUS: 1, COMMENT: 'ok' });
  const again = await asked('bizproc.task.complete', { TASK_ID: tasks[0].ID, STATUS: 1 });
  const { begun } = batch.getData();
  const terminated = await asked('bizproc.workflow.terminate', { ID: begun, STATUS: 'Stopped' });
  tell({ started, instances, templates, tasks, batch: batch.getData(), completed, again, terminated });
`;

const failures = `
  import { B24Hook } from '@bitrix24/b24jssdk';
  ${calls}
  const b24 = B24Hook.fromWebhookUrl(process.argv[1]);
  const unknown = await call(b24, 'bizproc.workflow.start', start(999));
  const ordered = [];
  for (let times = 0; times < Number(process.argv[2]); times += 1) ordered.push(await call(b24, 'bizproc.workflow.start', start()));
  tell({ unknown, ordered });
`;

const application = `
  import { B24OAuth } from '@bitrix24/b24jssdk';
  ${calls}
  const [url, clientId, clientSecret, accessToken, refreshToken, fields] = process.argv.slice(1);
  const b24 = new B24OAuth(
    {
      applicationToken: 'a', userId: 1, memberId: 'm', accessToken, refreshToken, expires: Math.floor(Date.now() / 1000) + 3600,
      expiresIn: 3600, scope: 'bizproc,sign.b2e,crm', domain: new URL(url).host, clientEndpoint: url + '/rest/',
      serverEndpoint: url + '/rest/', status: 'L', issuer: 'store',
    },
    { clientId, clientSecret },
  );
  const sent = await call(b24, 'sign.b2e.document.send', { fields: JSON.parse(fields), language: 'en' });
  const got = await call(b24, 'sign.b2e.document.get', { uid: sent.uid });
  const refused = await call(b24, 'sign.b2e.document.send', { fields: {} });
  const providers = await call(b24, 'sign.b2e.company.provider.list', { companyCrmId: 12 });
  tell({ sent, got, refused, providers });
`;

describe('the official SDK of Bitrix24', () => {
  it('finds in the sandbox the portal that it was written for', () =>
    withForeignPortal(async ({ sandbox, told }) => {
      const seen = await told(workflows, `${sandbox.url}/rest/1/sandboxwebhook01`);

      const id = seen['started'];
      expect(id).toMatch(/^[0-9a-f]+\.\d{8}$/);
      expect(seen['instances']).toEqual([{ ID: id, TEMPLATE_ID: '1' }]);
      expect(seen['templates']).toMatchObject([
        { NAME: 'Contract approval', PARAMETERS: { Parameter1: { Type: 'user' } } },
      ]);
      expect(seen['tasks']).toEqual([{ ID: '1', WORKFLOW_ID: id, STATUS: '0' }]);
      expect(seen['batch']).toMatchObject({
        who: { ID: '1', ADMIN: true },
        begun: expect.stringMatching(/^[0-9a-f]+\.\d{8}$/),
        runs: [{ ID: id }],
      });
      expect(seen['completed']).toBe(true);
      expect(seen['again']).toMatchObject({ code: 'ERROR_TASK_COMPLETED', status: 400 });
      expect(seen['terminated']).toBe(true);
    }));

  it('is told of failures as by a portal, ordered ones too', () =>
    withForeignPortal(async ({ sandbox, control, told }) => {
      const method = 'bizproc.workflow.start';
      const orders = [
        { error: 'ACCESS_DENIED', description: 'Access denied!', status: 403 },
        { error: 'insufficient_scope', description: 'The request requires higher privileges', status: 401 },
        { error: 'OVERLOAD_LIMIT', description: 'REST API is blocked due to overload.', status: 401 },
      ];
      for (const order of orders) await control('errors', { method, next: 1, ...order });

      const { unknown, ordered } = await told(failures, `${sandbox.url}/rest/1/sandboxwebhook01`, '4');

      expect(unknown).toMatchObject({ code: 'ACCESS_DENIED' });
      expect(ordered).toMatchObject([
        { code: 'insufficient_scope', status: 401 },
        { code: 'OVERLOAD_LIMIT', status: 401 },
        expect.stringMatching(/^[0-9a-f]+\.\d{8}$/),
        expect.stringMatching(/^[0-9a-f]+\.\d{8}$/),
      ]);
    }));

  it('signs documents as an application, and renews its token by itself', () =>
    withForeignPortal(async ({ sandbox, control, told }) => {
      const fields = {
        company: { crmId: 12 },
        members: [
          { userId: 25, role: 'signer' },
          { userId: 42, role: 'assignee' },
        ],
        responsible: { userId: 7 },
        companyProviderUid: 'd4f6b8a1-4c6d-4d8c-9c7c-2d1b1f6d0f2b',
        files: [{ fileName: 'a.pdf', fileType: 'application/pdf', fileContent: 'JVBERi0xLjQKJSVFT0YK' }],
        regionDocumentType: '12.999',
        externalSettings: { externalId: 'EXT-1', externalDateCreate: '2026-02-18T09:19:34+03:00' },
      };
      const auth = Object(sandbox.connections.find(({ suffix }) => suffix === '-app')?.fields['auth']);
      await control('oauth', { expireTokens: true });

      const seen = await told(
        application,
        sandbox.url,
        auth.clientId,
        auth.clientSecret,
        auth.accessToken,
        auth.refreshToken,
        JSON.stringify(fields),
      );

      expect(seen['sent']).toMatchObject({ state: { code: 'signing' }, members: [{ role: 'signer' }, {}] });
      expect(seen['got']).toEqual(seen['sent']);
      expect(seen['refused']).toMatchObject({ code: 'BAD_REQUEST', text: expect.stringContaining('[fields]') });
      expect(seen['providers']).toMatchObject([{ code: 'ses-ru', uid: fields.companyProviderUid }, {}]);
    }));
});
