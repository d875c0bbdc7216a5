import { PreconditionUnmet } from './door.errors.js';

/** The strong ETag of a version that counts changes, e.g. `"3"`. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Lets a change pass only where its author has seen the present version.
 *
 * @param ifMatch  the header as it came
 * @throws PreconditionUnmet  428 without it, 412 where it names another version
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined) {
    throw new PreconditionUnmet('precondition-required', 'Send the ETag of what you read as If-Match.');
  }
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  // A weak tag never matches here: RFC 9110 asks for the strong comparison.
  if (tags.includes('*') || tags.includes(etagOf(version))) return;
  throw new PreconditionUnmet('precondition-failed', `It was changed meanwhile; its ETag is now ${etagOf(version)}.`);
}
