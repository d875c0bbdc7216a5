import { describe, expect, it } from '@jest/globals';
import { itemsIn, type ItemForm } from '../../src/http/split-items.js';

async function* cutEvery(text: string, bytes: number): AsyncGenerator<Buffer> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes);
}

async function read(text: string, form: ItemForm, bytes: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of itemsIn(cutEvery(text, bytes), form, 1000)) {
    items.push(item === null ? null : JSON.parse(item.toString()));
  }
  return items;
}

const spaces = ' '.repeat(40);
const starts = [{ name: `${spaces}in a text${spaces}` }, { list: [1, { deep: ',]}"\\' }] }, { text: '\n' }];

describe('items that come in pieces', () => {
  it.each([1, 2, 3, 7, 16, 64, 10_000])('of %i bytes are the same, blank lines or none', async (bytes) => {
    const lines = `\n\n${starts.map((one) => JSON.stringify(one)).join(`\r\n${spaces}\n\n\n \n`)}\n\n`;
    expect(await read(lines, 'lines', bytes)).toEqual(starts);
    expect(await read(`${lines}${JSON.stringify(starts[0])}`, 'lines', bytes)).toEqual([...starts, starts[0]]);

    const array = `${spaces}[\n${starts.map((one) => `${spaces}${JSON.stringify(one)}\n`).join(',')}]${spaces}\n`;
    expect(await read(array, 'array', bytes)).toEqual(starts);
  });

  it('are passed over where one is too large, and those behind it are not', async () => {
    const lines = `${JSON.stringify({ much: 'x'.repeat(1000) })}\n{"small":1}`;
    expect(await read(lines, 'lines', 50)).toEqual([null, { small: 1 }]);
  });

  it('are none in a body of blank lines, however many', async () => {
    expect(await read('\n'.repeat(5000), 'lines', 64)).toEqual([]);
  });
});
