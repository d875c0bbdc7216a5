import { describe, expect, it } from '@jest/globals';
import { bitrix24 } from '../../../src/platforms/bitrix24/bitrix24.platform.js';
import type { Followed } from '../../../src/platforms/platform-kind.js';
import { answer, secret, webhookAuth } from './answering.js';
import { command, orderOf } from './open-sandbox.js';

const path = `/rest/1/${secret}/bizproc.workflow.start.json`;

/** What a start becomes whose portal answers with this Location, and the addresses that the house was told. */
async function startAt(
  location: string | undefined,
  {
    followed = 'followed',
    baseUrl = 'https://p.example',
    body = '',
  }: Partial<{ followed: Followed; baseUrl: string; body: object | string }> = {},
): Promise<{ failure: unknown; told: string[] }> {
  const told: string[] = [];
  const headers = location === undefined ? {} : { location };
  const platform = bitrix24.open(
    { key: 'p', baseUrl, auth: webhookAuth, settings: { runIds: 'off' } },
    {
      exchange: async () => answer(302, body, headers),
      renewAuth: async () => undefined,
      spent: () => undefined,
      moved: async (to) => {
        told.push(to);
        return followed;
      },
    },
  );
  const failure: unknown = await platform
    .start(orderOf('1', { runId: null }), command())
    .catch((error: unknown) => error);
  expect(String(failure) + JSON.stringify(failure)).not.toContain(secret);
  return { failure, told };
}

describe('a portal that answers a start with its new address', () => {
  it('is followed by the house, and the start goes again at once', async () => {
    const { failure, told } = await startAt(`https://new.example${path}`);

    expect(told).toEqual(['https://new.example']);
    expect(failure).toMatchObject({ name: 'Busy', because: 'moved', executed: 'no', retryAfterMs: 0 });
  });

  it('has the start go again by schedule where the move could not be stored', async () => {
    const { failure } = await startAt(`https://new.example${path}`, { followed: 'unknown' });
    expect(failure).toMatchObject({ name: 'Busy', because: 'moved', retryAfterMs: null });
  });

  it('needs a person where the house does not follow', async () => {
    const { failure } = await startAt(`https://new.example${path}`, { followed: { refused: 'It is private.' } });

    expect(failure).toMatchObject({ name: 'Busy', because: 'portal_closed' });
    expect(String(failure)).toContain('It is private. Look at the portal');
  });

  it('may come from http to https', async () => {
    expect((await startAt(`https://p.example${path}`, { baseUrl: 'http://p.example' })).told).toEqual([
      'https://p.example',
    ]);
  });

  it.each([
    ['another method', `https://new.example/rest/1/${secret}/bizproc.workflow.kill.json`],
    ['another user', `https://new.example/rest/2/${secret}/bizproc.workflow.start.json`],
    ['the front page', 'https://new.example/'],
    ['a query', `https://new.example${path}?x=1`],
    ['plain http', `http://new.example${path}`],
    ['another scheme', `ftp://new.example${path}`],
    ['a user name', `https://anna:pw@new.example${path}`],
    ['itself', `https://p.example${path}`],
    ['itself, relatively', path],
    ['nothing', undefined],
    ['nonsense', 'https://'],
  ])('is not followed to %s, and a person is told', async (_, location) => {
    const { failure, told } = await startAt(location);

    expect(told).toEqual([]);
    expect(failure).toMatchObject({ name: 'Busy', because: 'portal_closed' });
  });

  it('is in doubt where a result stands beside the redirect', async () => {
    const { failure, told } = await startAt(`https://new.example${path}`, { body: { result: 'a1.1' } });

    expect(told).toEqual([]);
    expect(failure).toMatchObject({ name: 'InDoubt' });
  });
});
