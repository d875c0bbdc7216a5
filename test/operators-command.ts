import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';
import { keepEvidence } from './canaries/evidence.js';
import { until } from './until.js';

/** A command of `bpmgw` that runs in a process and an environment of its own. */
export interface OperatorsCommand {
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly out: string; readonly err: string; readonly code: number | null }>;
}

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const typescript = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));

/** Starts `bpmgw` with these words. */
export function bpmgw(words: readonly string[], env: Readonly<Record<string, string>>): OperatorsCommand {
  return command([cli, ...words], env);
}

/** Starts a gateway that should not start, as an operator does. */
export function gatewayThatEnds(env: Readonly<Record<string, string>>): OperatorsCommand {
  return command([main], env);
}

function command(words: readonly string[], env: Readonly<Record<string, string>>): OperatorsCommand {
  const child = spawn(process.execPath, ['--import', typescript, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, 'close').then(() => {
    keepEvidence('lines', `${out}\n${err}\n`);
    return { out, err, code: child.exitCode };
  });
  return { child, ended };
}

/** A command has come to a row of this table that somebody holds. */
export async function waitsToWrite(sql: Client, table: string): Promise<void> {
  await until(async () => (await writing(sql, table)) === 1, 'the command to come to the row that is held', 60_000);
}

/** Nobody waits for a row of this table any more. */
export async function isLetGo(sql: Client, table: string): Promise<void> {
  await until(async () => (await writing(sql, table)) === 0, 'the session of the killed command to end');
}

async function writing(sql: Client, table: string): Promise<number> {
  const { rowCount } = await sql.query(
    `select from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like 'update ' || $1 || '%'`,
    [table],
  );
  return rowCount ?? 0;
}
