import { describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpRequest } from '../../../src/lib/exchange.js';
import type { JsonObject } from '../../../src/lib/json.js';
import type { Definition } from '../../../src/platforms/definition.js';
import { creatio } from '../../../src/platforms/creatio/creatio.kind.js';
import type { Platform } from '../../../src/platforms/platform.js';
import type { LostLook, LostSpan } from '../../../src/platforms/run.js';
import { sandboxClient } from '../../../src/platforms/creatio/sandbox/gate.js';
import { command, errorOf, orderOf, read, supervisor, withInstance } from './instance.js';

const span: LostSpan = { from: new Date('2026-11-21T10:00:00Z'), to: new Date('2026-11-21T10:30:00Z') };
const ours = '410006e1-ca4e-4502-a9ec-e54d922d2c00';
const running = 'ed2ae277-b6e2-df11-971b-001d60e938c6';

function row(Id: string, more: JsonObject = {}): JsonObject {
  return { Id, StatusId: running, ErrorDescription: '', StartDate: '2026-11-21T10:00:01Z', OwnerId: ours, ...more };
}

function said(body: JsonObject, date?: Date): HttpAnswer {
  return { status: 200, headers: date ? { date: date.toUTCString() } : {}, body: JSON.stringify(body) };
}

const whoWeAre = said({ rows: [{ Id: ours.toUpperCase() }], success: true });

/** An adapter, signed in, whose next requests meet these answers. */
async function meeting(
  answers: readonly HttpAnswer[],
  sent: HttpRequest[] = [],
  more: JsonObject = {},
): Promise<Platform> {
  const cookies = ['BPMCSRF=a; path=/', '.ASPXAUTH=b; path=/'];
  const left = [{ ...said({ Code: 0 }), headers: { 'set-cookie': cookies } }, ...answers];
  const settings = creatio.readSettings({ runtime: 'netframework', ...more });
  if (!('value' in settings)) throw new Error('The settings are wrong');
  const platform = creatio.open(
    { key: 'test', baseUrl: 'https://instance.test', auth: supervisor, settings: settings.value },
    {
      exchange: async (request) => {
        sent.push(request);
        const next = left.shift();
        if (!next) throw new Error('More requests than this were made');
        return next;
      },
      renewAuth: async () => undefined,
      spent: () => undefined,
    },
  );
  await platform.signIn?.(command());
  return platform;
}

/** A definition whose active version has another code. */
const outline: Definition = {
  definition: 'UsrAny',
  name: "Somebody's process",
  subjectTypes: [],
  parameters: [],
  outputs: [],
  inputSchema: null,
  native: {},
  outline: true,
};

async function look(platform: Platform, spec: Definition | null = null): Promise<LostLook> {
  const found = await platform.findLost?.(orderOf('UsrAny', { spec }), span, read());
  if (!found) throw new Error('There is no verb');
  return found;
}

const logOf = (...rows: readonly JsonObject[]): HttpAnswer => said({ value: rows });
const idsOf = ({ candidates }: LostLook): readonly string[] => candidates.map(({ nativeId }) => nativeId);

describe('a look for a lost start', () => {
  it('takes what our user owns in the span, with its state', async () => {
    const log = logOf(
      row('early', { StartDate: '2026-11-21T09:59:57Z' }),
      row('just', { StartDate: '2026-11-21T09:59:58.500Z' }),
      row('other', { OwnerId: '76929f8c-7e15-4c64-bdb0-adc62d383727' }),
      row('failed', { StatusId: 'f942c08d-b6e2-df11-971b-001d60e938c6', ErrorDescription: 'No\r\nat X' }),
      row('late', { StartDate: '2026-11-21T10:30:03Z' }),
    );

    const found = await look(await meeting([whoWeAre, log]));

    expect(found.candidates).toMatchObject([
      { nativeId: 'just', run: { state: 'running' } },
      { nativeId: 'failed', run: { state: 'failed', failure: { message: 'No' } } },
    ]);
    expect(found.clockAheadMs).toBeNull();
  });

  it('asks once who we are, and then for one process of one owner', async () => {
    const sent: HttpRequest[] = [];
    const platform = await meeting([whoWeAre, logOf(), logOf()], sent);
    await look(platform);
    await look(platform);

    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
      '/ServiceModel/AuthService.svc/Login',
      '/0/DataService/json/SyncReply/SelectQuery',
      '/0/odata/SysProcessLog',
      '/0/odata/SysProcessLog',
    ]);
    const filter = new URL(sent[3]?.url ?? '').searchParams.get('$filter');
    expect(filter).toContain(`(SysSchema/Name eq 'UsrAny') and Owner/Id eq ${ours} and StartDate ge 2026-11-21T09:59:`);
  });

  it('asks for the code alone where that is the one that runs', async () => {
    const sent: HttpRequest[] = [];
    const { outline: _, ...whole } = outline;
    await look(await meeting([whoWeAre, logOf()], sent), whole);

    expect(new URL(sent[2]?.url ?? '').searchParams.get('$filter')).toContain("(SysSchema/Name eq 'UsrAny') and");
  });

  it('asks for the caption too where the active version has another code', async () => {
    const sent: HttpRequest[] = [];
    await look(await meeting([whoWeAre, logOf()], sent), outline);

    expect(new URL(sent[2]?.url ?? '').searchParams.get('$filter')).toContain(
      "(SysSchema/Name eq 'UsrAny' or Name eq 'Somebody''s process')",
    );
  });

  it.each<[string, readonly HttpAnswer[]]>([
    ['nobody says who we are', [said({ rows: [], success: true })]],
    ['the user cannot be asked for', [{ status: 500, headers: {}, body: '{"success":false}' }]],
    ['a row has no time', [whoWeAre, logOf(row('a', { StartDate: '0001-01-01T00:00:00Z' }))]],
    ['a row has no owner', [whoWeAre, logOf(row('a', { OwnerId: null }))]],
    ['there are too many', [whoWeAre, logOf(...Array.from({ length: 1000 }, (_, n) => row(`r${n}`)))]],
    ['the clock was set meanwhile', [whoWeAre, said({ value: [] }, new Date(Date.now() + 300_000))]],
  ])('is in doubt, not empty, where %s', async (_, answers) => {
    expect(await errorOf(look(await meeting(answers)))).toMatchObject({ name: 'InDoubt' });
  });

  it('knows after an answer how far the clock is off, and asks for that time', async () => {
    const ahead = new Date(Date.now() + 3_600_000);
    const told = { ...whoWeAre, headers: { date: ahead.toUTCString() } };
    const log = said({ value: [row('a', { StartDate: '2026-11-21T11:00:01Z' })] }, ahead);
    const sent: HttpRequest[] = [];

    const found = await look(await meeting([told, log], sent));

    expect(idsOf(found)).toEqual(['a']);
    expect(new URL(sent[2]?.url ?? '').searchParams.get('$filter')).toMatch(/StartDate ge 2026-11-21T10:5[89]:/);
  });

  it('takes out by how much the times of the log are ahead of UTC', async () => {
    const log = logOf(row('a', { StartDate: '2026-11-21T13:00:01Z' }), row('b', { StartDate: '2026-11-21T10:00:01Z' }));
    const sent: HttpRequest[] = [];

    const found = await look(await meeting([whoWeAre, log], sent, { timesAheadMinutes: 180 }));

    expect(found.candidates).toMatchObject([{ nativeId: 'a', startedAt: new Date('2026-11-21T10:00:01Z') }]);
    const filter = new URL(sent[2]?.url ?? '').searchParams.get('$filter');
    expect(filter).toContain('StartDate ge 2026-11-21T12:59:00.000Z and StartDate le 2026-11-21T13:31:00.000Z');
  });

  it('works for an application, which has no user name', () =>
    withInstance(async ({ sandbox, open, runs }) => {
      const auth = { type: 'oauth', ...sandboxClient, tokenUrl: `${sandbox.url}/connect/token` };
      const platform = open({ auth });
      await platform.signIn?.(command());
      const from = new Date();
      await errorOf(platform.start(orderOf('UsrLostAnswer'), command()));

      const found = await platform.findLost?.(orderOf('UsrLostAnswer'), { from, to: new Date() }, read());

      expect(found?.candidates).toMatchObject([{ nativeId: (await runs())[0]?.nativeId, run: { state: 'completed' } }]);
    }));

  it('finds the run of Execute and of a background process, which give no id', () =>
    withInstance(async ({ open, runs }) => {
      const platform = open({ settings: { startWith: 'Execute' } });
      await platform.signIn?.(command());
      const from = new Date();
      expect(await platform.start(orderOf('UsrWaiting'), command())).toMatchObject({ nativeId: null });

      const found = await platform.findLost?.(orderOf('UsrWaiting'), { from, to: new Date() }, read());

      expect(found && idsOf(found)).toEqual((await runs()).map(({ nativeId }) => nativeId));
    }));
});

it('goes one at a time where runs are found by looking alone', async () => {
  const platform = await meeting([]);

  expect(platform.laneOf(orderOf('UsrAny'))).toEqual({ key: 'UsrAny', oneAtATime: false });
  expect(platform.laneOf(orderOf('UsrAny', { options: { startWith: 'Execute' } }))).toEqual({
    key: 'UsrAny',
    oneAtATime: true,
  });
});
