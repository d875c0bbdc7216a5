import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as passed } from 'node:timers/promises';
import { systemCodeOf } from './embedded-postgres.errors.js';

/** What a living process says of a data directory. */
export interface Claim {
  /** `claims`: it is still looking whether it may; `holds`: it uses the directory. */
  readonly state: 'claims' | 'holds';
  /** Who it is, for a sentence, e.g. `process 4711`. */
  readonly owner: string;
}

/** How long a process may take to say who it is. One that is stopped is alive and says nothing. */
const silenceMs = 1_000;

/** Pause before an owner is asked again that went away while it was asked. */
const askAgainMs = 10;

/** Asks the owner of a claim's socket; `null` when the owner is dead. */
export async function askClaim(path: string): Promise<Claim | null> {
  for (;;) {
    const answer = await asked(path);
    if (answer !== 'broken') return answer;
    // It was just giving its claim up: the next look finds nobody, or who is there now.
    await passed(askAgainMs);
  }
}

async function asked(path: string): Promise<Claim | 'broken' | null> {
  const socket = connect(path).setEncoding('utf8');
  const silence = AbortSignal.timeout(silenceMs);
  let said = '';
  socket.on('data', (text) => (said += String(text)));
  try {
    await once(socket, 'close', { signal: silence });
  } catch (error) {
    if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(systemCodeOf(error) ?? '')) return null;
  } finally {
    socket.on('error', () => undefined); // it may still break after we stopped listening to it
    socket.destroy();
  }
  const [, state, pid] = /^(claims|holds) (\d+)$/.exec(said) ?? [];
  if (pid !== undefined) return { state: state === 'claims' ? 'claims' : 'holds', owner: `process ${pid}` };
  return silence.aborted ? { state: 'holds', owner: 'another process' } : 'broken';
}
