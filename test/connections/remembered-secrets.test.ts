import { describe, expect, it } from '@jest/globals';
import { SecretBox } from '../../src/lib/secret-box.js';
import { Refused } from '../../src/platforms/platform.errors.js';
import { paperKind } from './paper.js';
import { Room } from './room.js';
import { newConnection } from './samples.js';

const box = new SecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
const place = { table: 'connections', row: 'sales-portal', column: 'auth_sealed' };

/** What is told of a portal that says this back. */
function told(words: string): readonly (string | null | undefined)[] {
  const refused = new Refused('rejected', words, { code: words, message: words, httpStatus: 400 });
  return [refused.message, refused.native?.code, refused.native?.message];
}

describe('a portal that says back a secret of its connection', () => {
  it('is told of without it, where another replica has stored the credentials', async () => {
    const room = new Room();
    const auth = { type: 'password', user: 'anna', password: 'canary-that-was-opened' };
    const sealed = box.seal(JSON.stringify(auth), place);
    await room.store.register(newConnection({ auth: { shown: { type: 'password', user: 'anna' }, sealed } }));
    await room.portals.of('sales-portal');

    expect(told('No canary-that-was-opened of anna')).toEqual(Array(3).fill('No [redacted] of anna'));
  });

  it('is told of without it, where they were stored here', () => {
    const auth = { type: 'password', user: 'anna-of-the-house', password: 'canary-that-was-stored' };
    new Room().vault.seal('sales-portal', paperKind(), auth);

    expect(told('No canary-that-was-stored of anna-of-the-house')).toEqual(
      Array(3).fill('No [redacted] of anna-of-the-house'),
    );
  });
});
