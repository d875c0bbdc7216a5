import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { command, orderOf, read, withSandbox, type OpenSandbox } from './open-sandbox.js';

/** One call of a REST method as a stranger makes it. */
async function called({ sandbox }: OpenSandbox, path: string, init: RequestInit = {}): Promise<[number, unknown]> {
  const told = await fetch(`${sandbox.url}/rest/${path}`, { method: 'POST', ...init });
  return [told.status, await told.json()];
}

const form = (text: string): RequestInit => ({
  body: text,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const json = (text: string): RequestInit => ({ body: text, headers: { 'content-type': 'application/json' } });
const webhook = '1/sandboxwebhook01';

describe('the simulated portal', () => {
  it('reads JSON, bracket notation, multipart and the query, the body over the query', () =>
    withSandbox(async (open) => {
      const brackets = 'TEMPLATE_ID=3&DOCUMENT_ID[]=crm&DOCUMENT_ID[]=CCrmDocumentLead&DOCUMENT_ID[]=LEAD_1';
      const multipart = new FormData();
      for (const [name, value] of new URLSearchParams(brackets)) multipart.append(name, value);
      const body = { template_id: 3, DOCUMENT_ID: ['crm', 'CCrmDocumentLead', 'LEAD_1'] };

      const answers = [
        await called(open, `${webhook}/bizproc.workflow.start`, json(JSON.stringify(body))),
        await called(open, `${webhook}/bizproc.workflow.start.json`, form(brackets)),
        await called(open, `${webhook}/bizproc.workflow.start`, { body: multipart }),
        await called(open, `${webhook}/Bizproc.Workflow.Start?${brackets}&TEMPLATE_ID=99`, form('TEMPLATE_ID=3')),
      ];

      for (const told of answers) expect(told).toMatchObject([200, { result: expect.any(String), time: {} }]);
      expect((await open.requests()).map(({ operation, executed }) => [operation, executed])).toEqual(
        answers.map(() => ['start', true]),
      );
    }));

  it('ignores malformed JSON, and casts template ids', () =>
    withSandbox(async (open) => {
      expect(await called(open, `${webhook}/bizproc.workflow.start`, json('{"TEMPLATE_ID":1'))).toEqual([
        400,
        { error: 'ERROR_WRONG_WORKFLOW_ID', error_description: 'Empty TEMPLATE_ID' },
      ]);
      const cast = form('TEMPLATE_ID=3abc&DOCUMENT_ID[]=crm&DOCUMENT_ID[]=CCrmDocumentLead&DOCUMENT_ID[]=LEAD_1');
      expect(await called(open, `${webhook}/bizproc.workflow.start`, cast)).toMatchObject([200, {}]);
    }));

  it('checks the method before who calls, and who calls before the rest', () =>
    withSandbox(async (open) => {
      const codes: unknown[] = [];
      for (const path of [
        '1/wrong/no.such.method',
        '1/wrong/bizproc.workflow.start',
        'bizproc.workflow.start',
        'bizproc.workflow.start?auth=unknown',
        '2/sandboxwebhook02/bizproc.workflow.kill',
        `${webhook}/sign.b2e.document.send`,
        `${webhook}/bizproc.workflow.kill`,
      ]) {
        const [status, told] = await called(open, path);
        codes.push(`${status} ${String(Object(told)['error'])}`);
      }

      expect(codes).toEqual([
        '404 ERROR_METHOD_NOT_FOUND',
        '401 INVALID_CREDENTIALS',
        '401 NO_AUTH_FOUND',
        '401 invalid_token',
        '403 ACCESS_DENIED',
        '403 WRONG_AUTH_TYPE',
        '400 ERROR_WRONG_WORKFLOW_ID',
      ]);
    }));

  it('drops filter keys that it does not know', () =>
    withSandbox(async (open) => {
      await open.open('').start(orderOf('3'), command());
      const listed = async (filter: string): Promise<unknown> =>
        (await called(open, `${webhook}/bizproc.workflow.instances`, form(filter)))[1];

      expect(await listed('FILTER[ID]=none')).toMatchObject({ result: [], total: 0 });
      expect(await listed('FILTER[id]=none')).toMatchObject({ result: [{}], total: 1 });
      expect(await listed('FILTER[!ID]=none&SELECT[]=ID&SELECT[]=STATE')).toMatchObject({
        result: [{ ID: orderOf('3').runId }],
      });
    }));

  it('runs a batch: earlier results in later commands, errors beside results, empty maps as lists', () =>
    withSandbox(async (open) => {
      const start =
        'bizproc.workflow.start?TEMPLATE_ID=3&DOCUMENT_ID[]=crm&DOCUMENT_ID[]=CCrmDocumentLead&DOCUMENT_ID[]=LEAD_1';
      const look = 'bizproc.workflow.instances?FILTER[ID]=$result[wf]&SELECT[0]=ID';
      const batch = (cmd: object, halt = 0): Promise<[number, unknown]> =>
        called(open, `${webhook}/batch`, json(JSON.stringify({ halt, cmd })));

      const [, fine] = await batch({ wf: start, look });
      const [, failing] = await batch({ bad: 'bizproc.workflow.kill?ID=none', inner: 'batch', look: 'scope' });
      const [, halted] = await batch({ bad: 'bizproc.workflow.kill?ID=none', look: 'scope' }, 1);

      expect(fine).toMatchObject({ result: { result: { look: [{ ID: expect.any(String) }] }, result_error: [] } });
      expect(failing).toMatchObject({
        result: {
          result: { look: expect.any(Array) },
          result_error: { bad: { error: '' }, inner: { error: 'ERROR_BATCH_METHOD_NOT_ALLOWED' } },
        },
      });
      expect(halted).toMatchObject({ result: { result: [], result_error: { bad: { error: '' } } } });
    }));

  it('ends a run when its task is completed by the one who has it', () =>
    withSandbox(async (open) => {
      await open.open('').start(orderOf('1', { variables: { Parameter1: 'user_2' } }), command());

      const [, tasks] = await called(open, '2/sandboxwebhook02/bizproc.task.list', form('SELECT[]=ID&SELECT[]=STATUS'));
      const foreign = await called(open, `${webhook}/bizproc.task.complete`, form('TASK_ID=1&STATUS=yes'));
      const own = await called(open, '2/sandboxwebhook02/bizproc.task.complete', form('TASK_ID=1&STATUS=yes'));

      expect(tasks).toMatchObject({ result: [{ ID: '1', STATUS: '0' }] });
      expect(foreign).toMatchObject([400, { error: 'ERROR_TASK_NOT_FOUND' }]);
      expect(own).toMatchObject([200, { result: true }]);
      expect(await open.runs()).toMatchObject([{ state: 'completed' }]);
    }));

  it('has a start for each behaviour, and each of them does what it says', () =>
    withSandbox(async ({ sandbox }) => {
      expect(Object.keys(sandbox.starts).toSorted()).toEqual([
        'expired-session',
        'fails',
        'finishes-at-once',
        'html-502',
        'limit',
        'lost-answer-started',
        'refused',
        'reset-before-executing',
        'slow',
        'truncated-answer',
        'waits',
        'waits-for-task',
      ]);
    }));

  it('ends a waiting run from outside, once', () =>
    withSandbox(async ({ open, control, runs }) => {
      const { nativeId } = await open('').start(orderOf('3'), command());

      expect((await control(`runs/${nativeId}/finish`, { outcome: 'failed' })).status).toBe(200);
      expect((await control(`runs/${nativeId}/finish`, { outcome: 'completed' })).status).toBe(409);
      expect(await runs()).toMatchObject([{ state: 'failed' }]);
    }));

  it('knows its runs and tokens again after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bitrix24-sandbox-'));
    try {
      const before: unknown[] = [];
      await withSandbox(async ({ open, stored }) => {
        await open('').start(orderOf('3'), command());
        await open('-app').signIn?.(read());
        before.push(stored[0]?.['refreshToken']);
      }, folder);

      await withSandbox(async ({ open, runs, sandbox }) => {
        const run = { nativeId: orderOf('3').runId ?? '', definition: '3' };
        expect(await runs()).toMatchObject([{ nativeId: run.nativeId, state: 'running' }]);
        expect((await open('').observe([run], read())).get(run.nativeId)).toMatchObject({ seen: true });
        expect(sandbox.connections[1]?.fields['auth']).toMatchObject({ refreshToken: before[0] });
      }, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
