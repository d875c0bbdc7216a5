import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A command of `bpmgw` that runs in a process and an environment of its own. */
export interface OperatorsCommand {
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly out: string; readonly err: string; readonly code: number | null }>;
}

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const typescript = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));

/** Starts `bpmgw` with these words. */
export function bpmgw(words: readonly string[], env: Readonly<Record<string, string>>): OperatorsCommand {
  const child = spawn(process.execPath, ['--import', typescript, cli, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ out, err, code: child.exitCode }));
  return { child, ended };
}
