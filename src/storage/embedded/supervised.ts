import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ServerUser } from './server-user.js';

/**
 * Runs a program and stops it when its own standard input ends. The other end of that pipe is held by node alone, so
 * it ends when node closes it and just as well when node is killed with -9.
 *
 * SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, after which it replays its log at the next start.
 */
const supervisor = `
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
(
  read -r line <&3
  kill -INT $program
  patience=50
  while [ $patience -gt 0 ] && kill -0 $program; do sleep 0.1; patience=$((patience - 1)); done
  kill -QUIT $program
) 2>/dev/null >/dev/null &
watcher=$!
wait $program
status=$?
kill $watcher 2>/dev/null
exit $status
`;

/** A program that does not outlive us. */
export interface Supervised {
  /** Its exit code when it has ended; -1 when it was ended by a signal or could not be started at all. */
  readonly ended: Promise<number>;
  readonly hasEnded: () => boolean;
  /** Lets node end by itself although the program runs, which then stops too. */
  readonly letGo: () => void;
  /** Asks it to end, immediately after 5 s; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a program under supervision, in a process group of its own, so that Ctrl-C in a terminal reaches the gateway
 * only and the database is stopped last.
 *
 * @param log  file that takes what it says, written anew
 */
export function supervised(command: readonly string[], user: ServerUser, log: string): Supervised {
  const says = openSync(log, 'w', 0o600);
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', ...command], {
    ...user.ids,
    cwd: '/',
    detached: true,
    // The gateway's environment holds secrets that another user's process must not show. English, for readers of the log.
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', says, says],
  });
  closeSync(says);
  child.stdin?.on('error', () => undefined); // the program ended before us, which `ended` tells
  let over = false;
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', (code) => resolve(code ?? -1));
  }).finally(() => (over = true));
  const stop = async (): Promise<void> => {
    if (!over) child.ref();
    child.stdin?.destroy();
    await ended;
  };
  return { ended, hasEnded: () => over, letGo: () => letGo(child), stop };
}

function letGo(child: ChildProcess): void {
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
}

/** The last thing that a program said about an error, e.g. `could not write to file "…": No space left on device`. */
export function lastComplaint(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const grave = /(?:FATAL|PANIC|error while loading shared libraries|initdb: error|could not|not found)/;
  const complaint = lines.findLast((line) => grave.test(line)) ?? lines.at(-1) ?? '';
  return complaint.replace(/^.*?(?:FATAL|PANIC|initdb|error): +/, '') || 'it said nothing';
}
