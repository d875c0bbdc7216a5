import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KeptRecords } from '../../src/platforms/kept-records.js';

interface Counted {
  readonly kind: 'run';
  readonly key: string;
  readonly count: number;
}

describe('records that are kept in a file', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'records-'));
    file = join(folder, 'inner', 'records.log');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const record = (key: string, count: number): Counted => ({ kind: 'run', key, count });
  const lines = (): number => readFileSync(file, 'utf8').split('\n').length - 1;

  it('are found again as they were put last, in the order of their first putting', async () => {
    const records = new KeptRecords<Counted>(file);
    for (const one of [record('a', 1), record('b', 1), record('a', 2)]) records.put(one);
    await records.saved();

    expect(lines()).toBe(3);
    expect(new KeptRecords<Counted>(file).found).toEqual([record('a', 2), record('b', 1)]);
    expect(lines()).toBe(2);
  });

  it('are all in the file once saved, those too that were put while others were written', async () => {
    const records = new KeptRecords<Counted>(file);
    const savings = Array.from({ length: 200 }, async (_, count) => {
      for (let turn = 0; turn < count % 9; turn += 1) await immediate();
      records.put(record(String(count), count));
      await records.saved();
      expect(readFileSync(file, 'utf8')).toContain(`"count":${count}}`);
    });
    await Promise.all(savings);

    expect(lines()).toBe(200);
  });

  it('survive a last line that was cut', async () => {
    const records = new KeptRecords<Counted>(file);
    records.put(record('a', 1));
    await records.saved();
    appendFileSync(file, '{"kind":"run","key":"b","cou');

    expect(new KeptRecords<Counted>(file).found).toEqual([record('a', 1)]);
  });

  it('are nowhere without a file', async () => {
    const records = new KeptRecords<Counted>(null);
    records.put(record('a', 1));

    await records.saved();

    expect(records.found).toEqual([]);
  });
});
