import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../until.js';
import { command, orderOf, read, start, supervisor, withInstance, type Instance } from './instance.js';

const engine = '0/ServiceModel/ProcessEngineService.svc';

/** An ordinary client that signs in by hand. */
async function signedIn({ sandbox }: Instance): Promise<(path: string, body?: unknown) => Promise<Response>> {
  const login = await fetch(`${sandbox.url}/ServiceModel/AuthService.svc/Login`, {
    method: 'POST',
    body: JSON.stringify({ UserName: supervisor.username, UserPassword: supervisor.password }),
  });
  const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  const csrf = cookies.find((cookie) => cookie.startsWith('BPMCSRF='))?.slice('BPMCSRF='.length) ?? '';
  return (path, body) =>
    fetch(`${sandbox.url}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { cookie: cookies.join('; '), ...(body === undefined ? {} : { BPMCSRF: csrf }) },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

function filtered(filter: string): string {
  return `0/odata/SysProcessLog?$count=true&$filter=${encodeURIComponent(filter)}`;
}

function column(columnPath: string): unknown {
  return { expression: { columnPath } };
}

describe('the gate of the simulated instance', () => {
  it('gives five cookies at sign-in, and the one of the workspace at the first call', () =>
    withInstance(async (instance) => {
      const login = await fetch(`${instance.sandbox.url}/ServiceModel/AuthService.svc/Login`, {
        method: 'POST',
        body: JSON.stringify({ UserName: 'Supervisor', UserPassword: 'Supervisor-password' }),
      });
      const names = login.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
      expect(names).toEqual(['BPMLOADER', '.ASPXAUTH', 'BPMCSRF', 'UserName', 'UserType']);

      const ask = await signedIn(instance);
      expect((await ask('0/odata/SysProcessLog')).headers.getSetCookie()[0]).toMatch(/^BPMSESSIONID=/);
      expect((await ask('0/odata/SysProcessLog')).headers.getSetCookie()).toEqual([]);
    }));

  it('knows no sign-in under /0 and refuses a POST without the CSRF token', () =>
    withInstance(async (instance) => {
      const { url } = instance.sandbox;
      const wrong = await fetch(`${url}/0/ServiceModel/AuthService.svc/Login`, { method: 'POST', body: '{}' });
      expect(wrong.status).toBe(401);

      const login = await fetch(`${url}/ServiceModel/AuthService.svc/Login`, {
        method: 'POST',
        body: JSON.stringify({ UserName: 'Supervisor', UserPassword: 'Supervisor-password' }),
      });
      const cookie = login.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ');
      const post = await fetch(`${url}/${engine}/RunProcess`, { method: 'POST', headers: { cookie }, body: '{}' });
      expect(post.status).toBe(403);
    }));

  it('turns strangers away as its runtime does', async () => {
    const seen: string[] = [];
    for (const runtime of ['netframework', 'net'] as const) {
      const prefix = runtime === 'net' ? '' : '0/';
      await withInstance(async ({ sandbox }) => {
        for (const path of [
          `${prefix}odata/SysProcessLog`,
          `${prefix}ServiceModel/ProcessEngineService.svc/RunProcess`,
        ]) {
          const { status, headers } = await fetch(`${sandbox.url}/${path}`, { redirect: 'manual' });
          seen.push(`${runtime} ${status} ${headers.get('location')?.split('?')[0] ?? ''}`);
        }
      }, runtime);
    }

    expect(seen).toEqual([
      'netframework 302 /Login/NuiLogin.aspx',
      'netframework 401 ',
      'net 401 ',
      'net 302 /Login/Login.html',
    ]);
  });
});

describe('the simulated instance', () => {
  it('has a start for every behaviour that an instance can show', () =>
    withInstance(async ({ sandbox }) => {
      expect(Object.keys(sandbox.starts).toSorted()).toEqual([
        'expired-session',
        'fails',
        'finishes-at-once',
        'html-502',
        'lost-answer-started',
        'refused',
        'reset-before-executing',
        'slow',
        'truncated-answer',
        'waits',
        'waits-for-task',
      ]);
      expect(sandbox.connections[0]).toMatchObject({ suffix: '', fields: { auth: { type: 'forms' } } });
    }));

  it('ignores unknown inputs and refuses unknown results', () =>
    withInstance(async (instance) => {
      const ask = await signedIn(instance);
      const parameterValues = [{ name: 'Nobody', value: '1' }];

      const ran = await (await ask(`${engine}/RunProcess`, { schemaName: 'UsrWaiting', parameterValues })).json();
      const refused = await (
        await ask(`${engine}/RunProcess`, { schemaName: 'UsrWaiting', resultParameterNames: ['Nothing'] })
      ).json();

      expect(ran).toMatchObject({ success: true, processStatus: 1 });
      expect(refused).toMatchObject({ success: false, errorInfo: { errorCode: 'ItemNotFoundException' } });
      expect(await instance.runs()).toHaveLength(1);
    }));

  it('takes Execute by POST too, its parameters in the query', () =>
    withInstance(async (instance) => {
      const ask = await signedIn(instance);

      const answer = await ask(`${engine}/UsrOrderCheck/Execute?ResultParameterName=Greeting&Customer=A%26B`, {});

      expect(answer.headers.get('content-type')).toMatch(/xml/);
      expect(await answer.text()).toContain('>"Order of &lt;A&amp;B&gt; &amp; \\"friends\\""</string>');
    }));

  it('shows its log to OData by key, by filter, in order and in part', () =>
    withInstance(async (instance) => {
      const ask = await signedIn(instance);
      for (const schemaName of ['UsrWaiting', 'UsrApproval', 'UsrApproval'])
        await ask(`${engine}/RunProcess`, { schemaName });
      const [first] = await instance.runs();

      const one = await (await ask(`0/odata/SysProcessLog(${first?.nativeId})?$select=Id,StatusId`)).json();
      const since = "StartDate ge 2020-01-01T00:00:00Z and (SysSchema/Name eq 'UsrApproval' or SysSchema/Name eq 'X')";
      const some = await (
        await ask(`${filtered(since)}&$orderby=${encodeURIComponent('StartDate desc')}&$top=1`)
      ).json();
      const flat = await ask(filtered('StatusId eq ed2ae277-b6e2-df11-971b-001d60e938c6'));

      expect(one).toMatchObject({ Id: first?.nativeId, StatusId: 'ed2ae277-b6e2-df11-971b-001d60e938c6' });
      expect(some).toMatchObject({ '@odata.count': 2, value: [{ Name: 'Approval of a document' }] });
      expect(flat.status).toBe(500);
    }));

  it('shows its log to DataService', () =>
    withInstance(async (instance) => {
      const ask = await signedIn(instance);
      await ask(`${engine}/RunProcess`, { schemaName: 'UsrOrderCheck' });
      const [run] = await instance.runs();
      const parameter = { dataValueType: 0, value: run?.nativeId };
      const byId = {
        filterType: 1,
        comparisonType: 3,
        leftExpression: { columnPath: 'Id' },
        rightExpression: { expressionType: 2, parameter },
      };

      const answer = await ask('0/DataService/json/SyncReply/SelectQuery', {
        rootSchemaName: 'SysProcessLog',
        columns: { items: { Status: column('Status'), CompleteDate: column('CompleteDate') } },
        filters: { filterType: 6, logicalOperation: 0, items: { byId } },
      });

      expect(await answer.json()).toMatchObject({
        success: true,
        rows: [{ Status: { value: '815c9586-b6e2-df11-971b-001d60e938c6' } }],
      });
    }));

  it('shows a background run after a while', () =>
    withInstance(async ({ platform, runs }) => {
      await start(platform, orderOf('UsrBackground'));
      const [run] = await runs();
      const asked = [{ nativeId: run?.nativeId ?? '', definition: 'UsrBackground' }];
      const look = async (): Promise<boolean> =>
        [...(await platform.observe(asked, read())).values()][0]?.seen ?? false;

      expect(await look()).toBe(false);
      expect(await until(look, 'the row of the background run')).toBe(true);
    }));

  it('can lose the completion of an element', () =>
    withInstance(async ({ platform, sandbox, runs }) => {
      const { nativeId } = await start(platform, orderOf('UsrApproval'));
      const run = { nativeId: nativeId ?? '', definition: 'UsrApproval' };
      const task = (await platform.elements?.(run, read()))?.find(({ state }) => state === 'waiting')?.nativeId ?? '';
      const order = { operation: 'complete_element', do: 'lose', next: 1 };
      await fetch(`${sandbox.url}/_sandbox/answers`, { method: 'POST', body: JSON.stringify(order) });

      await expect(platform.completeElement?.(task, null, command())).rejects.toMatchObject({ name: 'InDoubt' });
      expect(await runs()).toMatchObject([{ state: 'completed' }]);
      expect(await platform.completeElement?.(task, null, command())).toBe(false);
    }));

  it('keeps its runs over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'creatio-'));
    try {
      let nativeId = '';
      await withInstance(
        async ({ platform }) => {
          nativeId = (await start(platform, orderOf('UsrApproval'))).nativeId ?? '';
        },
        'netframework',
        folder,
      );
      await withInstance(
        async ({ platform, runs }) => {
          await platform.signIn?.(command());
          const seen = await platform.observe([{ nativeId, definition: 'UsrApproval' }], read());

          expect(seen.get(nativeId)).toMatchObject({ seen: true, state: 'running' });
          expect(await runs()).toHaveLength(1);
        },
        'netframework',
        folder,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
