import { describe, expect, it } from '@jest/globals';
import { Gathering, type Asked } from '../../src/storage/gathering.js';
import { until } from '../until.js';

interface AskedRow extends Asked {
  readonly row: string;
}

/** A statement that the test answers, and what it was asked for. */
function gathered(subjectOf: (row: string) => string = (row) => row) {
  const asked: string[][] = [];
  const waiting: { answer(): void; fail(error: unknown): void }[] = [];
  const gathering = new Gathering<AskedRow, string>(
    (items) =>
      new Promise((resolve, reject) => {
        asked.push(items.map(({ row }) => row));
        waiting.push({ answer: () => resolve(items.map(({ row }) => `${row}!`)), fail: reject });
      }),
  );
  const next = async (): Promise<{ answer(): void; fail(error: unknown): void }> =>
    until(() => waiting.shift(), 'the statement to be asked');
  const ask = (row: string): Promise<string> => gathering.ask({ row, length: row.length, subject: subjectOf(row) });
  return { ask, asked, next };
}

/** What keeps both statements that run at once busy. */
async function busy({ ask, next }: Pick<ReturnType<typeof gathered>, 'ask' | 'next'>) {
  const answers = [];
  for (const row of ['x', 'y']) {
    void ask(row);
    answers.push(await next());
  }
  return answers;
}

const ofOneRow = Object.assign(new Error('value too long'), { severity: 'ERROR', code: '22001' });
const ofTheDatabase = Object.assign(new Error('terminating connection'), { severity: 'FATAL', code: '57P01' });

describe('what is asked while statements run', () => {
  it('goes together in the next one, each with its own answer', async () => {
    const { ask, asked, next } = gathered();
    const running = await busy({ ask, next });
    const others = ['b', 'c', 'd'].map(ask);
    running[0]?.answer();
    (await next()).answer();

    expect(await Promise.all(others)).toEqual(['b!', 'c!', 'd!']);
    expect(asked).toEqual([['x'], ['y'], ['b', 'c', 'd']]);
  });

  it('of one subject goes one after another, in its order', async () => {
    const { ask, asked, next } = gathered((row) => row.slice(0, 1));
    const running = await busy({ ask, next });
    const all = ['a1', 'a2', 'b1', 'a3'].map(ask);
    running[0]?.answer();
    for (let statements = 0; statements < 3; statements += 1) (await next()).answer();
    await Promise.all(all);

    expect(asked.slice(2)).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('is at most 64 in one statement', async () => {
    const { ask, asked, next } = gathered();
    const all = Array.from({ length: 100 }, (_, index) => ask(String(index)));
    (await next()).answer();
    (await next()).answer();
    await Promise.all(all);

    expect(asked.map(({ length }) => length)).toEqual([64, 36]);
  });

  it('is at most a million characters in one statement, unless one alone is longer', async () => {
    const { ask, asked, next } = gathered();
    const all = ['a', 'b', 'c', 'd'].map((row) => ask(row.repeat(row === 'c' ? 2_000_000 : 600_000)));
    for (let statements = 0; statements < 4; statements += 1) (await next()).answer();
    await Promise.all(all);

    expect(asked.map((rows) => rows.map((row) => row.slice(0, 1)).join(''))).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a statement for several that fails', () => {
  it('for a reason of one row is asked for each alone, so that the others are written', async () => {
    const { ask, asked, next } = gathered();
    const all = ['a', 'b'].map((item) => ask(item).catch((error: unknown) => error));
    (await next()).fail(ofOneRow);
    (await next()).answer();
    (await next()).fail(ofOneRow);

    expect(await Promise.all(all)).toEqual(['a!', ofOneRow]);
    expect(asked).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('for a value of one row that is no parameter is asked for each alone', async () => {
    const { ask, asked, next } = gathered();
    const all = ['a', 'b'].map((item) => ask(item).catch((error: unknown) => error));
    const unwritable = new RangeError('NaN cannot be converted to a BigInt');
    (await next()).fail(unwritable);
    (await next()).answer();
    (await next()).fail(unwritable);

    expect(await Promise.all(all)).toEqual(['a!', unwritable]);
    expect(asked).toEqual([['a', 'b'], ['a'], ['b']]);
  });

  it('with its database fails for all, who may know nothing of it', async () => {
    const { ask, asked, next } = gathered();
    const all = ['a', 'b'].map((item) => ask(item).catch((error: unknown) => error));
    (await next()).fail(ofTheDatabase);

    expect(await Promise.all(all)).toEqual([ofTheDatabase, ofTheDatabase]);
    expect(asked).toHaveLength(1);
  });
});
