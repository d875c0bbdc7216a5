import { once } from 'node:events';
import { connect } from 'node:net';
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

/** Asks the owner of a claim's socket; `null` when the owner is dead. */
export async function askClaim(path: string): Promise<Claim | null> {
  const socket = connect(path).setEncoding('utf8');
  let said = '';
  socket.on('data', (text) => (said += String(text)));
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(silenceMs) });
  } catch (error) {
    if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(systemCodeOf(error) ?? '')) return null;
  } finally {
    socket.on('error', () => undefined); // it may still break after we stopped listening to it
    socket.destroy();
  }
  const [, state, pid] = /^(claims|holds) (\d+)$/.exec(said) ?? [];
  if (pid === undefined) return { state: 'holds', owner: 'another process' };
  return { state: state === 'claims' ? 'claims' : 'holds', owner: `process ${pid}` };
}
