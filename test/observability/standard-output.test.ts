import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { until } from '../until.js';

const [typescript, module] = ['../setup/typescript.mjs', '../../src/observability/standard-output.ts'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Writes 16 MiB of numbered lines at once, then one more each moment, and says on standard error how many were left out. */
const program = `
  import { standardOutput } from ${JSON.stringify(module)};
  const output = standardOutput((lines) => process.stderr.write(String(lines)));
  const line = (number) => String(number).padEnd(1023) + '\\n';
  let number = 0;
  while (number < 16 * 1024) output.write(line(number++));
  process.stderr.write('written ');
  setInterval(() => output.write(line(number++)), 10);
`;

describe('Standard output whose reader takes its time', () => {
  it('keeps 8 MiB for it, leaves out the rest, tells how many lines that was, and goes on', async () => {
    const child = spawn(process.execPath, ['--import', typescript ?? '', '--input-type=module', '-e', program]);
    try {
      let [out, err] = ['', ''];
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      await until(() => err.includes('written'), 'all to be written');
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));

      const left = await until(() => /written (\d+)/.exec(err)?.[1], 'the lines that were left out to be told');
      const numbers = (): number[] => out.split('\n').slice(0, -1).map(Number);
      await until(() => (numbers().at(-1) ?? 0) > 16 * 1024 + 10, 'lines to come again');

      expect(Number(left)).toBeGreaterThan(7 * 1024);
      expect(Number(left)).toBeLessThan(9 * 1024);
      expect(numbers().slice(0, 7 * 1024)).toEqual(Array.from({ length: 7 * 1024 }, (_, index) => index));
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});
