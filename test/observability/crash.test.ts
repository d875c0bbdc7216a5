import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const typescript = fileURLToPath(new URL('../setup/typescript.mjs', import.meta.url));
const room = new URL('../../src/', import.meta.url).href;

/** What a process says that ends by an error with a request hung on it, as libraries throw them. */
async function crashed(how: string): Promise<{ said: string; code: number | null }> {
  const script = `
    import { endOnCrash } from '${room}observability/crash.ts';
    import { PinoLog } from '${room}observability/pino-log.ts';
    endOnCrash(new PinoLog('trace'));
    const error = Object.assign(new Error('socket hang up'), {
      code: 'ECONNRESET',
      config: { url: 'https://portal.example/rest/1/canary-of-a-crash/', headers: { 'x-a': 'canary-of-a-crash' } },
      request: { body: 'canary-of-a-crash' },
    });
    setTimeout(() => { ${how} }, 1);
    setTimeout(() => {}, 10000);`;
  const child = spawn(process.execPath, ['--import', typescript, '--input-type=module', '-e', script]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  return { said, code: child.exitCode };
}

describe('a process that ends by what nobody has caught', () => {
  it.each([
    ['an error', 'throw error;', 'process.crashed'],
    ['a rejection', 'void Promise.reject(error);', 'process.rejected'],
  ])('says so in one line of ours, without what hung on %s', async (_, how, event) => {
    const { said, code } = await crashed(how);
    expect(code).toBe(1);
    expect(said).not.toContain('canary-of-a-crash');
    expect(JSON.parse(said)).toMatchObject({ event, error: { message: 'socket hang up', code: 'ECONNRESET' } });
  });
});
