import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../until.js';
import { CallbackDesk } from './callback-desk.js';
import { exampleOf } from './example-of.js';

const desk = new CallbackDesk();

beforeAll(() => desk.open({ RECONCILE_DELAYS: '1,2,3,4,120' }));
afterAll(() => desk.close());

const fields = z.record(z.string(), z.json()).parse(exampleOf('sign.b2e.document')['variables']);

/** A document whose answer was lost, and its uid by the portal's own word. */
async function lost(externalId: string): Promise<{ id: string; uid: string }> {
  await desk.order('answers', { operation: 'send', do: 'lose', next: 1 });
  const { id, state } = await desk.start('sign.b2e.document', {
    variables: { ...fields, externalSettings: { externalId, externalDateCreate: '2026-02-18T09:19:34+03:00' } },
  });
  expect(state).toBe('indeterminate');
  return { id, uid: (await desk.runs()).at(-1)?.nativeId ?? '' };
}

const tell = (uid: string) =>
  desk.order('events', {
    event: 'ONSIGNB2EDOCUMENTSTATUSCHANGED',
    data: { documentUid: uid, statusCode: 'signing', statusName: 'Signing in progress' },
    handler: desk.handlerOf(),
  });

const isFound = async (id: string): Promise<boolean> => (await desk.process(id))['nativeId'] !== null;

/** Waits until documents were looked at so often. */
async function looks(times: number): Promise<void> {
  const before = await desk.calls('sign.b2e.document.get');
  await until(async () => (await desk.calls('sign.b2e.document.get')) >= before + times, `${times} looks`);
}

describe('a lost document for signature', () => {
  it('is found when the portal tells of one that is nobodys and has its members', async () => {
    const { id, uid } = await lost('FOUND-1');
    await tell(uid);

    await until(() => isFound(id), 'the document to be found');
    expect(await desk.process(id)).toMatchObject({ state: 'running', nativeId: uid, adoption: 'reconciled_probable' });
  });

  it('is not taken for one with other members', async () => {
    const { id, uid } = await lost('FOUND-2');
    const members = [
      { userId: 26, role: 'signer' },
      { userId: 42, role: 'assignee' },
    ];
    const sent = await desk.call('sign.b2e.document.send', { fields: { ...fields, members } });
    await tell(z.object({ uid: z.string() }).parse(sent['result']).uid);

    await looks(2);
    expect(await isFound(id)).toBe(false);
    await tell(uid);
    await until(() => isFound(id), 'its own document to be found');
    expect(await desk.process(id)).toMatchObject({ nativeId: uid });
  });
});

describe('two lost documents with the same members', () => {
  it('are not told apart by what the portal tells: neither is taken for found', async () => {
    const [one, other] = [await lost('TWO-1'), await lost('TWO-2')];
    await tell(one.uid);

    await looks(4);
    expect([await isFound(one.id), await isFound(other.id)]).toEqual([false, false]);
  });
});
