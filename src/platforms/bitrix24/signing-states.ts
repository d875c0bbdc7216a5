import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js';
import type { PlatformTools } from '../platform-kind.js';
import type { RunState } from '../run.js';

/**
 * What a document's state code means; `sent`, `in_progress` and `signed` are in the vendor's samples alone. What is not
 * here counts as running: only the end of a document must not be guessed.
 *
 * Source: the event samples of api-reference/sign/, and observed.
 */
const documentCodes: Readonly<Record<string, RunState>> = {
  new: 'running',
  signing: 'running',
  sent: 'running',
  in_progress: 'running',
  done: 'completed',
  signed: 'completed',
  stopped: 'terminated',
};

/** `waiting` and `signed` are in the vendor's samples alone, for `wait` and `done`. */
const memberCodes: ReadonlySet<string> = new Set(['wait', 'waiting', 'ready', 'done', 'signed', 'refused', 'stopped']);

/** How a document stands by its code. Who refuses stops it, and then it has failed. */
export function documentStateOf(code: string | null, memberRefused: boolean): RunState {
  const state = code !== null && Object.hasOwn(documentCodes, code) ? documentCodes[code] : undefined;
  if (state === 'terminated' && memberRefused) return 'failed';
  return state ?? 'running';
}

/** Tells once of each code in a document, or in a member of it, that nobody has described. */
export function strangeCodes(tools: Pick<PlatformTools, 'strange'>): (document: JsonObject | null) => void {
  const told = new Set<string>();
  return (document) => {
    for (const sentence of sentencesOn(document)) {
      if (!told.has(sentence)) tools.strange?.(sentence);
      told.add(sentence);
    }
  };
}

function sentencesOn(document: JsonObject | null): readonly string[] {
  const code = codeIn(document ?? undefined);
  const members = document?.['members'];
  const strange = code !== null && !Object.hasOwn(documentCodes, code) ? [sentenceOn('document', code)] : [];
  const ofMembers = (isList(members) ? members : [])
    .map(codeIn)
    .filter((one) => one !== null && !memberCodes.has(one))
    .map((one) => sentenceOn('member', one ?? ''));
  return [...strange, ...ofMembers];
}

function sentenceOn(whose: string, code: string): string {
  return `The state "${code.slice(0, 50)}" of a ${whose} of a signing is not known; it counts as in progress.`;
}

function codeIn(told: Json | undefined): string | null {
  const state = isJsonObject(told) ? told['state'] : null;
  const code = isJsonObject(state) ? state['code'] : null;
  return typeof code === 'string' ? code : null;
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
