import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';

describe("README's way of one start", () => {
  let stations: readonly string[];

  beforeAll(async () => {
    const readme = await readFile('README.md', 'utf8');
    const list = /^#+ .*way of one start.*$[^]*?^```[^\n]*$([^]*?)^```$/im.exec(readme)?.[1] ?? '';
    stations = list.split(/^(?=[ \d]\d )/m).filter((station) => /^[ \d]\d /.test(station));
  });

  it('has ten stations in order', () => {
    expect(stations.map((station) => Number.parseInt(station, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('names at least one file at each', () => {
    expect(stations.filter((station) => pathsIn(station).length === 0)).toEqual([]);
  });

  it('names no file that is gone', () => {
    expect(stations.flatMap(pathsIn).filter((path) => !existsSync(path))).toEqual([]);
  });
});

function pathsIn(station: string): readonly string[] {
  return station.match(/\bsrc\/[\w./-]+\.ts\b/g) ?? [];
}
