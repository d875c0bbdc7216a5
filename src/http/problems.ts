import type { Known } from './known-errors.js';
import type { ProblemKind } from './problem-kind.js';
import { problemsOfCommands } from './problems-of-commands.js';
import { problemsOfOurs } from './problems-of-ours.js';
import { problemsOfRequests } from './problems-of-requests.js';

/** Every error code of the contract, once. A known error whose code has no row does not compile. */
export const problems = { ...problemsOfRequests, ...problemsOfCommands, ...problemsOfOurs } satisfies Record<
  Known['code'],
  ProblemKind
>;

export type ProblemCode = keyof typeof problems;

/** What a code means; `null` where there is no such code. */
export function problemKindOf(code: string): ProblemKind | null {
  return isProblemCode(code) ? problems[code] : null;
}

/** Whether a word is one of our error codes. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}
