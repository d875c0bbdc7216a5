import { describe, expect, it } from '@jest/globals';
import { Gathering } from '../../src/storage/gathering.js';
import { until } from '../until.js';

/** A statement that the test answers, and what it was asked for. */
function gathered(subjectOf: (item: string) => string = (item) => item) {
  const asked: string[][] = [];
  const waiting: { answer(): void; fail(error: unknown): void }[] = [];
  const gathering = new Gathering<string, string>({
    together: (items) =>
      new Promise((resolve, reject) => {
        asked.push([...items]);
        waiting.push({ answer: () => resolve(items.map((item) => `${item}!`)), fail: reject });
      }),
    subjectOf,
    atOnce: 1,
  });
  const next = async (): Promise<{ answer(): void; fail(error: unknown): void }> =>
    until(() => waiting.shift(), 'the statement to be asked');
  return { gathering, asked, next };
}

const ofOneRow = Object.assign(new Error('value too long'), { severity: 'ERROR', code: '22001' });
const ofTheDatabase = Object.assign(new Error('terminating connection'), { severity: 'FATAL', code: '57P01' });

describe('what is asked while a statement runs', () => {
  it('goes together in the next one, each with its own answer', async () => {
    const { gathering, asked, next } = gathered();
    const first = gathering.ask('a');
    const running = await next();
    const others = ['b', 'c', 'd'].map((item) => gathering.ask(item));
    running.answer();
    (await next()).answer();

    expect(await first).toBe('a!');
    expect(await Promise.all(others)).toEqual(['b!', 'c!', 'd!']);
    expect(asked).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('of one subject goes one after another, in its order', async () => {
    const { gathering, asked, next } = gathered((item) => item.slice(0, 1));
    const all = ['a1', 'a2', 'b1', 'a3'].map((item) => gathering.ask(item));
    for (let statements = 0; statements < 3; statements += 1) (await next()).answer();
    await Promise.all(all);

    expect(asked).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('is at most 64 in one statement', async () => {
    const { gathering, asked, next } = gathered();
    const all = Array.from({ length: 100 }, (_, index) => gathering.ask(String(index)));
    (await next()).answer();
    (await next()).answer();
    await Promise.all(all);

    expect(asked.map(({ length }) => length)).toEqual([64, 36]);
  });
});

describe('a statement for several that fails', () => {
  it('for a reason of one row is asked for each alone, so that the others are written', async () => {
    const { gathering, asked, next } = gathered();
    const all = ['a', 'b'].map((item) => gathering.ask(item).catch((error: unknown) => error));
    (await next()).fail(ofOneRow);
    (await next()).answer();
    (await next()).fail(ofOneRow);

    expect(await Promise.all(all)).toEqual(['a!', ofOneRow]);
    expect(asked).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('with its database fails for all, who may know nothing of it', async () => {
    const { gathering, asked, next } = gathered();
    const all = ['a', 'b'].map((item) => gathering.ask(item).catch((error: unknown) => error));
    (await next()).fail(ofTheDatabase);

    expect(await Promise.all(all)).toEqual([ofTheDatabase, ofTheDatabase]);
    expect(asked).toHaveLength(1);
  });
});
