import { setTimeout as passed } from 'node:timers/promises';

/**
 * What a question gives as soon as that is neither `null`, `undefined`, `false`, `0` nor empty. Asked every 20 ms; an
 * error of the question ends the waiting.
 *
 * @param what  for the message when the limit is reached: "Waited 10000 ms in vain for {what}"
 */
export async function until<T>(
  question: () => T | Promise<T>,
  what: string,
  limitMs = 10_000,
): Promise<Exclude<NonNullable<T>, false | 0 | ''>> {
  const started = performance.now();
  for (;;) {
    const answer = await question();
    if (isGiven(answer)) return answer;
    if (performance.now() - started > limitMs) throw new Error(`Waited ${limitMs} ms in vain for ${what}`);
    await passed(20);
  }
}

function isGiven<T>(answer: T): answer is Exclude<NonNullable<T>, false | 0 | ''> {
  return Boolean(answer);
}
