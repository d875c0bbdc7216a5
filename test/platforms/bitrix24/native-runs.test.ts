import { describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '../../../src/lib/exchange.js';
import { newestRuns, placeIn, placeText } from '../../../src/platforms/bitrix24/run-places.js';
import type { NativeRunQuery } from '../../../src/platforms/native-run.js';
import type { Platform } from '../../../src/platforms/platform.js';
import type { Subject } from '../../../src/platforms/run.js';
import { answer, answering, oauthAuth, webhookAuth } from './answering.js';
import { command, orderOf, read, withSandbox, type OpenSandbox } from './open-sandbox.js';

const everything: NativeRunQuery = {
  definitions: null,
  subjectTypes: null,
  subjectIds: null,
  startedAfter: null,
  after: null,
  limit: 200,
};

async function page(portal: Platform, query: Partial<NativeRunQuery> = {}) {
  const told = await portal.nativeRuns?.({ ...everything, ...query }, read());
  if (!told) throw new Error('The portal lists no runs');
  return told;
}

/** The names of all runs that fit, page by page. */
async function walked(portal: Platform, query: Partial<NativeRunQuery> = {}): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = query.after ?? null;
  do {
    const { runs, next }: Awaited<ReturnType<typeof page>> = await page(portal, { ...query, after });
    ids.push(...runs.map(({ nativeId }) => nativeId));
    after = next;
  } while (after !== null);
  return ids;
}

/** The first page that has runs: one that begins amid a second may have none. */
async function firstRuns(portal: Platform, limit: number) {
  const first = await page(portal, { limit });
  return first.runs.length > 0 ? first : page(portal, { limit, after: first.next });
}

async function start({ open }: OpenSandbox, definition: string, subject: Subject = { type: 'crm.lead', id: '1' }) {
  const { nativeId } = await open('').start(orderOf(definition, { runId: null, subject }), command());
  return nativeId ?? '';
}

/** So many runs at once, as the portal makes them: many in one second. */
async function startMany({ open }: OpenSandbox, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const orders = Array.from({ length: Math.min(50, count - ids.length) }, (_, n) =>
      orderOf('3', { runId: null, subject: { type: 'crm.lead', id: String(ids.length + n + 1) } }),
    );
    for (const outcome of (await open('').startsTogether?.start(orders, command())) ?? []) {
      if ('answer' in outcome) ids.push(outcome.answer.nativeId ?? '');
    }
  }
  return ids;
}

describe('the runs of a portal', () => {
  it('are told in our words: what is run, about what, since when and by whom', () =>
    withSandbox(async (sandbox) => {
      const onLead = await start(sandbox, '3');
      const onSmartItem = await start(sandbox, '31', { type: 'crm.dynamic.147', id: '9' });
      const inFeed = await start(sandbox, '32', { type: 'lists.feed', id: '77' });

      const { runs, next } = await page(sandbox.open(''));

      expect(next).toBeNull();
      expect(new Map(runs.map((run) => [run.nativeId, run]))).toEqual(
        new Map([
          [
            onLead,
            expect.objectContaining({ definition: '3', subject: { type: 'crm.lead', id: '1' }, startedBy: '1' }),
          ],
          [onSmartItem, expect.objectContaining({ definition: '31', subject: { type: 'crm.dynamic.147', id: '9' } })],
          [inFeed, expect.objectContaining({ definition: '32', subject: { type: 'lists.feed', id: '77' } })],
        ]),
      );
    }));

  it('are those that run: what has ended is not listed', () =>
    withSandbox(async (sandbox) => {
      const waiting = await start(sandbox, '3');
      await start(sandbox, '2');

      expect(await walked(sandbox.open('-app'))).toEqual([waiting]);
    }));

  it('are filtered by definition and subject, each with one or several, and by nothing that is unknown', () =>
    withSandbox(async (sandbox) => {
      const lead1 = await start(sandbox, '3');
      const lead2 = await start(sandbox, '1', { type: 'crm.lead', id: '2' });
      const smart = await start(sandbox, '31', { type: 'crm.dynamic.147', id: '1' });
      const portal = sandbox.open('');
      const found = async (query: Partial<NativeRunQuery>) => new Set(await walked(portal, query));

      expect(await found({ definitions: ['3', '31'] })).toEqual(new Set([lead1, smart]));
      expect(await found({ subjectTypes: ['crm.lead'] })).toEqual(new Set([lead1, lead2]));
      expect(await found({ subjectTypes: ['crm.lead', 'crm.dynamic.147'], subjectIds: ['1'] })).toEqual(
        new Set([lead1, smart]),
      );
      expect(await found({ subjectIds: ['2'] })).toEqual(new Set([lead2]));
      expect(await found({ subjectTypes: ['crm.dynamic.148'] })).toEqual(new Set());
      expect(await found({ subjectTypes: ['nonsense'] })).toEqual(new Set());
      expect(await found({ definitions: ['99'] })).toEqual(new Set());
      expect(await found({ definitions: Array.from({ length: 30 }, (_, n) => String(n)) })).toEqual(
        new Set([lead1, lead2]),
      );
    }));

  it('have their time by our clock, and are filtered by it', () =>
    withSandbox(async (sandbox) => {
      await sandbox.control('clock', { aheadSeconds: 7200 });
      const early = await start(sandbox, '3');
      await sandbox.control('clock', { aheadSeconds: 7260 });
      const late = await start(sandbox, '3');

      const { runs } = await page(sandbox.open(''));
      const [first, second] = runs;

      expect(runs.map(({ nativeId }) => nativeId)).toEqual([late, early]);
      // The portal is 7,260 s ahead now, so the late run began at this moment, and the early one a minute before.
      expect(Math.abs((first?.startedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(5000);
      const gapMs = (first?.startedAt?.getTime() ?? 0) - (second?.startedAt?.getTime() ?? 0);
      expect(gapMs).toBeGreaterThan(55_000);
      const startedAfter = new Date(Date.now() - 30_000);
      expect(await page(sandbox.open(''), { startedAfter })).toMatchObject({ runs: [{ nativeId: late }], next: null });
    }));
});

describe('a list of more runs than a page', () => {
  it('has each of them once, though they began in the same second and some leave while it is read', () =>
    withSandbox(async (sandbox) => {
      const ids = await startMany(sandbox, 130);
      const portal = sandbox.open('');

      const first = await firstRuns(portal, 20);
      for (const { nativeId } of first.runs) await sandbox.control(`runs/${nativeId}/finish`, { outcome: 'completed' });
      const rest = await walked(portal, { limit: 20, after: first.next });

      expect(first.runs.length).toBeGreaterThan(0);
      expect(rest.length).toBe(130 - first.runs.length);
      expect(new Set([...first.runs.map(({ nativeId }) => nativeId), ...rest])).toEqual(new Set(ids));
    }));

  it('goes on where it ended though newer ones begin meanwhile', () =>
    withSandbox(async (sandbox) => {
      const older = await startMany(sandbox, 60);
      const portal = sandbox.open('');
      const first = await firstRuns(portal, 10);
      await sandbox.control('clock', { aheadSeconds: 5 });
      const newer = await start(sandbox, '3');

      const rest = await walked(portal, { limit: 50, after: first.next });

      expect(rest).not.toContain(newer);
      expect(new Set([...first.runs.map(({ nativeId }) => nativeId), ...rest])).toEqual(new Set(older));
    }));

  it('is read without counting', () =>
    withSandbox(async (sandbox) => {
      await page(sandbox.open(''));

      expect(decodeURIComponent(sandbox.sent.at(-1)?.body ?? '')).toContain('start=-1');
    }));
});

const row = (ID: string, more: object = {}) => ({
  ID,
  MODULE_ID: 'crm',
  ENTITY: 'CCrmDocumentLead',
  DOCUMENT_ID: 'LEAD_1',
  STARTED: '2026-11-21T13:00:00+03:00',
  STARTED_BY: '0',
  TEMPLATE_ID: '1',
  ...more,
});

/** An answer to a batch whose commands give these lists, or fail with these codes. */
const listed = (lists: readonly (readonly object[] | object | string)[]) =>
  answer(200, {
    result: {
      result: Object.fromEntries(lists.flatMap((list, n) => (typeof list === 'string' ? [] : [[`r${n}`, list]]))),
      result_error: Object.fromEntries(
        lists.flatMap((list, n) =>
          typeof list === 'string' ? [[`r${n}`, { error: list, error_description: 'x' }]] : [],
        ),
      ),
    },
  });

describe('a portal that does not list what was asked for', () => {
  const after = placeText({ started: '2026-11-21T13:00:00+03:00', id: 'm' });

  it.each([
    ['another template', { definitions: ['1'] }, [[row('a'), row('b', { TEMPLATE_ID: '2' })]]],
    ['another document', { subjectTypes: ['crm.lead'], subjectIds: ['1'] }, [[row('b', { DOCUMENT_ID: 'LEAD_2' })]]],
    ['another kind of document', { subjectTypes: ['crm.lead'] }, [[row('b', { ENTITY: 'CCrmDocumentDeal' })]]],
    ['what began later than where it goes on', { after }, [[], [row('b', { STARTED: '2026-11-21T13:00:01+03:00' })]]],
    ['the run again where it goes on', { after }, [[row('m')], []]],
    ['another order', {}, [[row('a'), row('b', { STARTED: '2026-11-21T13:00:01+03:00' })]]],
    ['what is no row', {}, [[{ ID: 1 }]]],
    ['a row without its time', {}, [[row('a', { STARTED: null })]]],
  ])('gives no answer that can be read: %s', async (_, query: Partial<NativeRunQuery>, lists) => {
    await expect(page(answering(listed(lists)), query)).rejects.toMatchObject({ name: 'InDoubt' });
  });

  it('may list documents of another smart process: that cannot be asked for', async () => {
    const entity = String.raw`Bitrix\Crm\Integration\BizProc\Document\Dynamic`;
    const rows = [
      row('a', { ENTITY: entity, DOCUMENT_ID: 'DYNAMIC_147_1' }),
      row('b', { ENTITY: entity, DOCUMENT_ID: 'DYNAMIC_9_1' }),
    ];

    expect(await page(answering(listed([rows])), { subjectTypes: ['crm.dynamic.147'] })).toMatchObject({
      runs: [{ nativeId: 'a', startedBy: null }],
    });
  });

  it('is refused a list of documents for signature, which it does not have', async () => {
    await expect(page(answering(listed([])), { definitions: ['sign.b2e.document'] })).rejects.toMatchObject({
      name: 'Refused',
      because: 'capability',
    });
  });

  it('says why where it refuses the list', async () => {
    await expect(page(answering(listed(['ACCESS_DENIED'])))).rejects.toMatchObject({ because: 'permission' });
  });
});

describe('lists that are read together', () => {
  const at = (second: number) => `2026-11-21T13:00:0${second}+03:00`;

  it('show nothing older than what one of them has left unread', () => {
    const [young, old] = [row('a', { STARTED: at(5) }), row('b', { STARTED: at(1) })];
    const edge = { started: at(3), id: null };

    expect(
      newestRuns(
        [
          { rows: [young], readTo: edge },
          { rows: [old], readTo: null },
        ],
        10,
      ),
    ).toEqual({
      rows: [young],
      readTo: edge,
    });
  });

  it('go on after the last that was shown', () => {
    const rows = [row('b'), row('c'), row('a')];

    expect(newestRuns([{ rows, readTo: null }], 2)).toEqual({
      rows: [row('c'), row('b')],
      readTo: { started: row('b').STARTED, id: 'b' },
    });
  });

  it.each(['', 'x', '[]', '["no time"]', '["2026-11-21T13:00:00+03:00", 1]'])(
    'go on from no such place: %s',
    (text) => {
      expect(placeIn(text)).toBeNull();
    },
  );
});

describe('one run by its name', () => {
  const sight = (portal: Platform, nativeId: string, definition: string | null = null) =>
    portal.nativeRun?.({ nativeId, definition }, read());

  it('is a workflow that runs', () =>
    withSandbox(async (sandbox) => {
      const nativeId = await start(sandbox, '1');

      expect(await sight(sandbox.open(''), nativeId)).toMatchObject({
        run: { nativeId, definition: '1', subject: { type: 'crm.lead', id: '1' }, startedBy: '1' },
        standing: { state: 'running' },
      });
    }));

  it('has the name that the portal writes, however it was asked for', async () => {
    const asked = await sight(answering(listed([[row('66e8a.1')]])), '66E8A.1 ');
    const document = await sight(answering(listed([{ uid: 'ab-1' }]), oauthAuth), 'AB-1', 'sign.b2e.document');

    expect([asked?.run.nativeId, document?.run.nativeId]).toEqual(['66e8a.1', 'ab-1']);
  });

  it('began when its portal says, unless nobody can compare the clocks', async () => {
    const told = listed([[row('a')]]);
    const dated = { ...told, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } };
    const { run } = (await sight(answering(dated), 'a')) ?? {};

    expect((await sight(answering(told), 'a'))?.run.startedAt).toBeNull();
    expect(run?.startedAt?.getTime()).toBe(Date.parse(row('a').STARTED) - 3_600_000);
  });

  it('is not shown where it has ended, or never was', () =>
    withSandbox(async (sandbox) => {
      const ended = await start(sandbox, '2');

      expect(await sight(sandbox.open(''), ended)).toBeNull();
      expect(await sight(sandbox.open('-app'), ended)).toBeNull();
      expect(await sight(sandbox.open('-app'), 'nobody', 'sign.b2e.document')).toBeNull();
    }));

  it('is a document for signature, asked for in the same request', async () => {
    const sent: HttpRequest[] = [];
    const told = listed([[], { uid: 'u1', state: { code: 'done' }, members: [] }]);

    expect(await sight(answering(told, oauthAuth, sent), 'u1')).toMatchObject({
      run: { nativeId: 'u1', definition: 'sign.b2e.document', startedAt: null },
      standing: { state: 'completed', nativeState: 'done' },
    });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['other runs than the one asked for', listed([[row('b')]]), webhookAuth, null, 'InDoubt'],
    ['another document', listed([[], { uid: 'u2' }]), oauthAuth, null, 'InDoubt'],
    ['a failure that says nothing', listed([[], 'INTERNAL_ERROR']), oauthAuth, null, 'InDoubt'],
    [
      'a refusal of the document that was asked for',
      listed(['ACCESS_DENIED']),
      oauthAuth,
      'sign.b2e.document',
      'Refused',
    ],
    ['a refusal of the list', listed(['ACCESS_DENIED']), webhookAuth, null, 'Refused'],
    ['nothing that may name documents', listed([]), webhookAuth, 'sign.b2e.document', 'Refused'],
  ])('is not taken for absent by %s', async (_, told, auth, definition, name) => {
    await expect(sight(answering(told, auth), 'u1', definition)).rejects.toMatchObject({ name });
  });

  it('may be a workflow of an application that may not sign', async () => {
    expect(await sight(answering(listed([[], 'ACCESS_DENIED']), oauthAuth), 'u1')).toBeNull();
  });
});

describe('who can sign for a company', () => {
  const named = async (portal: Platform, crmId: number, limit = 100) =>
    (await portal.signingProviders?.({ company: { crmId }, offset: 0, limit }, read()))?.map(({ code }) => code);

  it('is listed for an application alone', () =>
    withSandbox(async (sandbox) => {
      const [all, one] = [await named(sandbox.open('-app'), 12), await named(sandbox.open('-app'), 12, 1)];

      expect('signingProviders' in sandbox.open('')).toBe(false);
      expect(all).toEqual(['ses-ru', 'goskey']);
      expect(one).toEqual(['ses-ru']);
    }));

  it.each([
    [15, 'not_found'],
    [13, 'rejected'],
    [14, 'rejected'],
  ])('is refused for company %d: %s', (crmId, because) =>
    withSandbox(async (sandbox) => {
      await expect(named(sandbox.open('-app'), crmId)).rejects.toMatchObject({ name: 'Refused', because });
    }),
  );

  it.each([200, 400, 403])('is refused by its code, told with status %d', async (status) => {
    const told = answer(status, { error: 510, error_description: 'Company was not found.' });

    await expect(named(answering(told, oauthAuth), 15)).rejects.toMatchObject({ because: 'not_found' });
  });
});
