import { hash } from 'node:crypto';
import type { Json } from '../lib/json.js';
import type { ProcessProgress } from './process.js';

/** The key of one command, as its client chose it. */
export interface IdempotencyKey {
  readonly clientId: string;
  readonly key: string;
  /** SHA-256 over method, route and canonical body. */
  readonly fingerprint: Buffer;
}

/**
 * The last word on a command. confirmed: the platform did it; refused: it said no; unsent: it never went out (withdrawn,
 * expired); gone: there was nothing left to command; existing: another process stood in for it.
 */
export type FinalWord = 'confirmed' | 'refused' | 'unsent' | 'gone' | 'existing';

/** The last word with how things stood then: a photograph. */
export interface FinalAnswer {
  readonly word: FinalWord;
  /** How the process stood; its input never changes. `null`: it was about no process. */
  readonly progress: ProcessProgress | null;
  /** What the command gave beside the process: `{executed: true}`, or the failure of a refused command. */
  readonly extra: Json;
}

/** What is stored under a key. */
export interface Remembered {
  readonly fingerprint: Buffer;
  /** `null`: a person's word, which no operation carries out. */
  readonly operationId: string | null;
  /** `null`: it was about no process. */
  readonly processId: string | null;
  /** `null`: accepted, nothing final yet. */
  readonly answer: FinalAnswer | null;
}

export type Decision =
  | { readonly do: 'accept' }
  | { readonly do: 'replay'; readonly remembered: Remembered; readonly answer: FinalAnswer }
  | { readonly do: 'wait'; readonly remembered: Remembered }
  | { readonly do: 'refuse' };

/** What to do with a request whose key may have been seen before. Knows no clock, no database, no HTTP. */
export function decide(remembered: Remembered | null, fingerprint: Buffer): Decision {
  if (!remembered) return { do: 'accept' };
  if (!remembered.fingerprint.equals(fingerprint)) return { do: 'refuse' };
  if (!remembered.answer) return { do: 'wait', remembered };
  return { do: 'replay', remembered, answer: remembered.answer };
}

/**
 * The run id that the gateway offers: 32 hex digits that depend only on who asks and under which key, so that a key
 * whose row was lost with the database still meets its run.
 */
export function runIdOf(installation: string, clientId: string, key: string): string {
  return hash('sha256', JSON.stringify([installation, clientId, key])).slice(0, 32);
}
