import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/lib/json.js';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import { examples } from '../../../src/platforms/bitrix24/examples.js';
import { templates } from '../../../src/platforms/bitrix24/sandbox/templates.js';
import { signingDefinition, signingRunOf } from '../../../src/platforms/bitrix24/signing.js';
import { strangeCodes } from '../../../src/platforms/bitrix24/signing-states.js';
import { answer, oauthAuth } from './answering.js';
import { command, orderOf, read, withSandbox } from './open-sandbox.js';
import { signing, signingFields as fields } from './signings.js';

/** The states of a document's members, in their order. */
function codesIn(result: JsonObject | null): string {
  const { members } = Object(result);
  return members.map((member: { state: { code: string } }) => member.state.code).join(' ');
}

describe('the state of a document', () => {
  it.each([
    ['new', 'wait', 'running'],
    ['signing', 'ready', 'running'],
    ['sent', 'wait', 'running'],
    ['in_progress', 'waiting', 'running'],
    ['undefined', 'undefined', 'running'],
    ['something-new', 'wait', 'running'],
    ['done', 'done', 'completed'],
    ['signed', 'signed', 'completed'],
    ['stopped', 'stopped', 'terminated'],
    ['stopped', 'refused', 'failed'],
    ['signing', 'refused', 'running'],
  ])('%s with a member who is %s is %s', (code, member, state) => {
    const told = signingRunOf({ uid: 'u', state: { code }, members: [{ state: { code: member } }] });

    expect(told?.run).toMatchObject({ state, nativeState: code });
    expect(told?.run.failure === null).toBe(state !== 'failed');
  });
});

describe('a state that nobody has described', () => {
  it('counts as in progress, and is told once', async () => {
    const told: string[] = [];
    const states = [
      { state: { code: 'paused' }, members: [{ state: { code: 'ready' } }, { state: { code: 'asleep' } }] },
      { state: { code: 'undefined' }, members: [{ state: { code: 'waiting' } }] },
      { state: { code: 'sent' }, members: [{ state: { code: 'signed' } }] },
    ];
    const app = bitrix24.open(
      { key: 'p', baseUrl: 'https://p.example', auth: oauthAuth, settings: { runIds: 'match' } },
      {
        exchange: async () => answer(200, { result: { result: { r0: { uid: 'u', ...states[0] } }, result_error: [] } }),
        renewAuth: async () => undefined,
        spent: () => undefined,
        strange: (what) => void told.push(what),
      },
    );
    const run = { nativeId: 'u', definition: 'sign.b2e.document' };

    const seen = await app.observe([run], read());
    await app.observe([run], read());
    for (const document of states.slice(1)) strangeCodes({ strange: (what) => void told.push(what) })(document);

    expect(seen.get('u')).toMatchObject({ seen: true, state: 'running', nativeState: 'paused' });
    expect(told.map((sentence) => /"(.*)" of a (\w+)/.exec(sentence)?.slice(1))).toEqual([
      ['paused', 'document'],
      ['asleep', 'member'],
      ['undefined', 'document'],
    ]);
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

  it('goes from new to done as its members sign, and shows how each of them stands', () =>
    withSandbox(async ({ open, control, sent }) => {
      const app = open('-app');
      await control('signing', { bornAs: 'new' });
      const { nativeId, nativeState, result } = await app.start(signing(fields, { language: 'ru' }), command());
      const run = { nativeId: String(nativeId), definition: 'sign.b2e.document', options: { language: 'ru' } };
      const seen = [[nativeState, codesIn(result)]];

      for (const step of ['begin', 'sign', 'sign']) {
        await control(`documents/${run.nativeId}`, { step });
        const sight = (await app.observe([run], read())).get(run.nativeId);
        if (sight?.seen) seen.push([sight.nativeState, codesIn(sight.result)]);
      }

      expect(seen).toEqual([
        ['new', 'wait wait'],
        ['signing', 'ready wait'],
        ['signing', 'done ready'],
        ['done', 'done done'],
      ]);
      expect((await control(`documents/${run.nativeId}`, { step: 'sign' })).status).toBe(409);
      expect(sent.map(({ body }) => /language\W+(\w+)/.exec(body ?? '')?.[1])).toEqual(['ru', 'ru', 'ru', 'ru']);
    }));

  it.each([
    [{ step: 'refuse' }, 'failed', 'refused stopped'],
    [{ step: 'stop' }, 'terminated', 'stopped stopped'],
  ])('ends by %j as %s', (step, state, members) =>
    withSandbox(async ({ open, control }) => {
      const app = open('-app');
      const { nativeId } = await app.start(signing(), command());
      const run = { nativeId: String(nativeId), definition: 'sign.b2e.document' };
      await control(`documents/${run.nativeId}`, step);

      const sight = (await app.observe([run], read())).get(run.nativeId);

      expect(sight).toMatchObject({ seen: true, state, nativeState: 'stopped' });
      expect(sight?.seen ? codesIn(sight.result) : null).toBe(members);
    }),
  );

  it.each([200, 400, 403])('is refused with %i as well, and in doubt about INTERNAL_ERROR', (errorStatus) =>
    withSandbox(async ({ open, control, runs, requests }) => {
      const app = open('-app');
      await control('signing', { errorStatus });
      const order = signing({ ...fields, companyProviderUid: 'unknown' });
      const method = 'sign.b2e.document.send';

      await expect(app.start(order, command())).rejects.toMatchObject({
        because: 'rejected',
        native: { httpStatus: errorStatus },
      });
      await control('errors', {
        method,
        error: 'INTERNAL_ERROR',
        description: 'Internal error',
        status: errorStatus,
        executes: true,
        next: 1,
      });
      await expect(app.start(signing(), command())).rejects.toMatchObject({ name: 'InDoubt', executed: 'unknown' });
      expect(await runs()).toHaveLength(1);
      expect((await requests()).map(({ executed, status }) => [executed, status])).toEqual([
        [false, errorStatus],
        [true, errorStatus],
      ]);
    }),
  );

  it('shows several faults that the portal joined', () =>
    withSandbox(async ({ open, control }) => {
      const description =
        '[members] Employee ID is required.;[files] At least one file is required to sign the document.';
      await control('errors', { method: 'sign.b2e.document.send', error: 'BAD_REQUEST', description });

      await expect(open('-app').start(signing(), command())).rejects.toMatchObject({
        because: 'rejected',
        message: expect.stringContaining('joined by ";"'),
        native: { code: 'BAD_REQUEST', message: description },
      });
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
