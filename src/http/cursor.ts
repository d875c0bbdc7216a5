import { createHash } from 'node:crypto';
import { MalformedQuery } from './door.errors.js';

/** The form of a UUID, for the positions of cursors and the ids in paths. */
export const uuidForm = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/**
 * An opaque cursor: where a list goes on.
 *
 * @param list      whose cursor it is, e.g. `processes`; it fits no other list
 * @param position  of the last item that was shown, e.g. its id
 */
export function cursorOf(list: string, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
}

/**
 * The position that a cursor names; `null` without a cursor.
 *
 * @param forms  the form of each part of the position, e.g. `[uuidForm]`
 * @throws MalformedQuery  it is none of this list's cursors
 */
export function positionOf(cursor: string | undefined, list: string, forms: readonly RegExp[]): string[] | null {
  if (cursor === undefined) return null;
  const position = partsIn(cursor, list, forms);
  if (position) return position;
  throw new MalformedQuery([
    { parameter: 'cursor', code: 'unreadable', message: 'Use nextCursor of an answer of this list as it is.' },
  ]);
}

/** The parts of a cursor of this list; `null`: it is none. */
export function partsIn(cursor: string, list: string, forms: readonly RegExp[]): string[] | null {
  const [of, ...position] = partsOf(cursor);
  const fits = of === list && position.length === forms.length;
  return fits && forms.every((form, at) => form.test(position[at] ?? '')) ? position : null;
}

const tagLength = 16;

/** The cursor as this client gets it; to every other it is none. */
export function boundCursor(cursor: string, clientId: string): string {
  const tag = createHash('sha256').update(`${clientId} ${cursor}`).digest('base64url').slice(0, tagLength);
  return tag + cursor;
}

/** The cursor that was bound to this client; one that is none of its own becomes one that no list can read. */
export function unboundCursor(bound: string, clientId: string): string {
  const cursor = bound.slice(tagLength);
  return boundCursor(cursor, clientId) === bound ? cursor : '';
}

function partsOf(cursor: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : [];
  } catch {
    return [];
  }
}
