import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { MalformedRequest, Unreadable } from '../../src/http/door.errors.js';
import { readBody } from '../../src/http/read-body.js';

describe('a body', () => {
  it('is read whole, however it is cut', async () => {
    const body = new PassThrough();
    const read = readBody(body, 6, 10);
    for (const part of ['ab', 'cd', 'ef']) body.write(part);
    body.end();

    expect((await read).toString()).toBe('abcdef');
  });

  it('that ends before its end is refused, before and while it is read', async () => {
    const [cut, gone] = [new PassThrough(), new PassThrough()];
    const read = readBody(cut, 6, 10);
    cut.write('ab');
    cut.destroy();
    gone.destroy();

    await expect(read).rejects.toThrow(MalformedRequest);
    await expect(readBody(gone, 6, 10)).rejects.toThrow(MalformedRequest);
  });

  it('that is longer than it may be is refused and left on its connection, which stays open', async () => {
    const body = new PassThrough();
    const read = readBody(body, 0, 3);
    body.write('abcd');

    await expect(read).rejects.toThrow(Unreadable);
    expect([body.destroyed, body.isPaused()]).toEqual([false, true]);
  });
});
