import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { withSandbox } from './open-sandbox.js';

const run = promisify(execFile);

/** What the client does at the portal whose webhook is the first argument; by GET alone, as it always calls. */
const script = `
  import client from '@2bad/bitrix';
  const bitrix = client.default(process.argv[1]);
  const call = (method, params) =>
    bitrix.call(method, params).then(({ result }) => result, (error) => ({
      text: error.message, status: error.response?.statusCode ?? null, body: error.response?.body ?? null,
    }));
  const document = ['crm', 'CCrmDocumentLead', 'LEAD_1'];
  const start = { TEMPLATE_ID: 1, DOCUMENT_ID: document, PARAMETERS: { Parameter1: 'user_1' } };
  const started = await call('bizproc.workflow.start', start);
  const { result: instances, total } = await bitrix.list('bizproc.workflow.instances', { FILTER: { ID: started }, SELECT: ['ID'] });
  const [task] = await call('bizproc.task.list', { FILTER: { WORKFLOW_ID: started }, SELECT: ['ID'] });
  const { result: { result: batch } } = await bitrix.batch({
    who: { method: 'user.current' },
    runs: { method: 'bizproc.workflow.instances', params: { FILTER: { ID: started } } },
    begun: { method: 'bizproc.workflow.start', params: start },
  });
  const completed = await call('bizproc.task.complete', { TASK_ID: task.ID, STATUS: 'yes' });
  const gone = await call('bizproc.workflow.terminate', { ID: started });
  const refused = await call('bizproc.workflow.start', { ...start, TEMPLATE_ID: 999 });
  const inBatch = await bitrix.batch([{ method: 'bizproc.workflow.kill', params: { ID: '1.1' } }]).catch((error) => error.message);
  console.log(JSON.stringify({ started, instances, total, task, batch, completed, gone, refused, inBatch }));
  process.exit(0);
`;

describe('the client @2bad/bitrix', () => {
  it('finds in the sandbox the portal that it was written for, and is told of failures as by one', () =>
    withSandbox(async ({ sandbox, requests }) => {
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '-e', script, `${sandbox.url}/rest/1/sandboxwebhook01`],
        { env: { PATH: process.env['PATH'] }, timeout: 25_000 },
      );
      const told: Record<string, unknown> = Object(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));

      const id = told['started'];
      expect(id).toMatch(/^[0-9a-f]+\.\d{8}$/);
      expect(told['instances']).toEqual([{ ID: id }]);
      expect(told['total']).toBe(1);
      expect(told['batch']).toMatchObject({ who: { ID: '1' }, runs: [{ ID: id }], begun: expect.any(String) });
      expect(told['completed']).toBe(true);
      expect(told['gone']).toMatchObject({ status: 400, body: { error: '' } });
      expect(told['refused']).toMatchObject({
        status: 400,
        body: { error: 'ERROR_WRONG_WORKFLOW_ID', error_description: 'Template not found' },
      });
      expect(told['inBatch']).toMatch(/errors in 1 commands/);
      // By GET, so with brackets in the address; executed once each.
      const starts = (await requests()).filter(({ operation }) => operation === 'start');
      expect(starts.map(({ executed, inBatch }) => [executed, inBatch])).toEqual([
        [true, false],
        [true, true],
        [false, false],
      ]);
    }));
});
