import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({ SANDBOX: 'on' });
});

afterAll(async () => {
  await gateway?.close();
});

it("every command of README's session gives what README says", async () => {
  const readme = await readFile('README.md', 'utf8');
  const session = /## A session[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const lines = session.split('\n').filter((line) => !line.startsWith('#'));
  const expected = lines.flatMap((line) => / # (.+)$/.exec(line)?.[1]?.trim() ?? []);
  const script = session.replace(/^B=.*$/m, `B=${gateway.url}`);

  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { timeout: 60_000 });

  expect(expected.length).toBeGreaterThan(5);
  expect(stdout.trim().split('\n')).toEqual(expected);
});
