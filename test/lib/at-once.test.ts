import { describe, expect, it } from '@jest/globals';
import { AtOnce } from '../../src/lib/at-once.js';

/** Work that ends when the test says so. */
function work() {
  let end: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { promise, end: () => end(), fail: (error: Error) => fail(error) };
}

/** Two pieces of work where two are the most. */
function full() {
  const atOnce = new AtOnce(2);
  const [one, other] = [work(), work()];
  atOnce.begin(one.promise);
  atOnce.begin(other.promise);
  return { atOnce, one, other };
}

async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('work of which two may be under way', () => {
  it('has room again when one of them is done', async () => {
    const { atOnce, other } = full();
    expect(atOnce.isFull).toBe(true);
    let hasRoom = false;
    const room = atOnce.room().then(() => (hasRoom = true));
    await turns();
    expect(hasRoom).toBe(false);
    other.end();
    await room;
    expect(atOnce.isFull).toBe(false);
  });

  it('rests when all of them are done', async () => {
    const { atOnce, one, other } = full();
    let rests = false;
    const rest = atOnce.rest().then(() => (rests = true));
    one.end();
    await turns();
    expect(rests).toBe(false);
    other.end();
    await rest;
    expect(rests).toBe(true);
  });

  it('rests all the same when one of them fails, and says so', async () => {
    const { atOnce, one, other } = full();
    one.fail(new Error('broken'));
    let isDone = false;
    void other.promise.then(() => (isDone = true));
    setImmediate(other.end);
    await expect(atOnce.rest()).rejects.toThrow('broken');
    expect(isDone).toBe(true);
  });
});
