import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { bitrix24Sandbox } from '../../../src/platforms/bitrix24/sandbox/bitrix24.sandbox.js';

const run = promisify(execFile);

/** What the SDK does at the portal whose webhook is the first argument; prints what it got as JSON. */
const script = `
  import { B24Hook } from '@bitrix24/b24jssdk';
  const b24 = B24Hook.fromWebhookUrl(process.argv[1]);
  const call = async (method, params) => {
    const told = await b24.actions.v2.call.make({ method, params });
    return told.isSuccess ? told.getData().result : { errors: told.getErrorMessages() };
  };
  const failing = async (method, params) => {
    try { return await call(method, params); } catch (error) { return { code: error.code, status: error.status }; }
  };
  const document = ['crm', 'CCrmDocumentLead', 'LEAD_1'];
  const started = await call('bizproc.workflow.start', { TEMPLATE_ID: 1, DOCUMENT_ID: document, PARAMETERS: { Parameter1: 'user_1' } });
  const instances = await call('bizproc.workflow.instances', { SELECT: ['ID', 'TEMPLATE_ID'], FILTER: { ID: started } });
  const templates = await call('bizproc.workflow.template.list', { SELECT: ['ID', 'NAME', 'PARAMETERS'], FILTER: { ID: '1' } });
  const tasks = await call('bizproc.task.list', { SELECT: ['ID', 'WORKFLOW_ID'] });
  const batch = await b24.actions.v2.batch.make({
    calls: {
      who: { method: 'profile', params: {} },
      runs: { method: 'bizproc.workflow.instances', params: { FILTER: { ID: started }, SELECT: ['ID'] } },
    },
    options: { isHaltOnError: false },
  });
  const terminated = await call('bizproc.workflow.terminate', { ID: started, STATUS: 'Stopped' });
  const refused = await failing('bizproc.workflow.start', { TEMPLATE_ID: 999, DOCUMENT_ID: document });
  console.log(JSON.stringify({ started, instances, templates, tasks, batch: batch.getData(), terminated, refused }));
  process.exit(0);
`;

/** A certificate for 127.0.0.1 that lives for a day; the SDK insists on https. */
async function throwAwayCertificate(folder: string): Promise<{ key: string; cert: string; file: string }> {
  const [keyFile, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=sandbox', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await run('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', file]);
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(file, 'utf8'), file };
}

describe('the official SDK of Bitrix24', () => {
  it('finds in the sandbox the portal that it was written for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'b24jssdk-'));
    const { key, cert, file } = await throwAwayCertificate(folder);
    const sandbox = await bitrix24Sandbox.start({ host: '127.0.0.1', port: 0, folder: null, tls: { key, cert } });
    try {
      // Trust of a certificate is read once, when node starts: hence a process of its own.
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '-e', script, `${sandbox.url}/rest/1/sandboxwebhook01`],
        { env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: file }, timeout: 20_000 },
      );
      const told: Record<string, unknown> = Object(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));

      const id = told['started'];
      expect(id).toMatch(/^[0-9a-f]+\.\d{8}$/);
      expect(told['instances']).toEqual([{ ID: id, TEMPLATE_ID: '1' }]);
      expect(told['templates']).toMatchObject([
        { NAME: 'Contract approval', PARAMETERS: { Parameter1: { Type: 'user' } } },
      ]);
      expect(told['tasks']).toEqual([{ ID: '1', WORKFLOW_ID: id }]);
      expect(told['batch']).toMatchObject({ who: { ID: '1', ADMIN: true }, runs: [{ ID: id }] });
      expect(told['terminated']).toBe(true);
      expect(JSON.stringify(told['refused'])).toMatch(/ERROR_WRONG_WORKFLOW_ID|Template not found/);
    } finally {
      await sandbox.close();
      await rm(folder, { recursive: true });
    }
  });
});
