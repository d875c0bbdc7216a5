import type { Model, ModelStart, Told } from './model.js';
import type { Answer } from './walk.js';

/** Keeps what an answer to a start tells its caller. */
export function heardOfStart(model: Model, start: ModelStart, answer: Answer): void {
  const isUndone = answer !== null && answer.status >= 400 && answer.body['outcome'] === 'not_executed';
  const wasAccepted = heard(model, start, answer);
  // Of a request before it, which got no answer, it says nothing.
  if (!isUndone || wasAccepted) start.nothingHappened = false;
  start.isOpen = start.ids.size === 0 && !start.nothingHappened;
}

/** Keeps what any answer tells of a process. @returns whether it names one */
export function heard(model: Model, start: ModelStart, answer: Answer): boolean {
  if (answer === null) return false;
  const { status, body } = answer;
  if (status === 500 || (status > 500 && status !== 503)) {
    model.odd.push(`${start.name}: ${status} ${JSON.stringify(body)}`);
  }
  const told = toldIn(status < 300 ? body : body['process']);
  if (told) start.told.push(told);
  const id = told?.id ?? body['processId'];
  if (typeof id !== 'string') return false;
  start.ids.add(id);
  return true;
}

function toldIn(shown: unknown): Told | null {
  if (typeof shown !== 'object' || shown === null) return null;
  const { id, state, nativeId, evidence, revision } = Object(shown) as Partial<Told>;
  if (id === undefined || state === undefined || revision === undefined) return null;
  return { id, state, nativeId: nativeId ?? null, evidence: evidence ?? null, revision };
}
