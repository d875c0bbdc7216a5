import type { FeedCursor } from '../webhooks/read-feed.js';
import { boundCursor, cursorOf, partsIn, unboundCursor, uuidForm } from './cursor.js';

const list = 'events';
/** Stands for "from now on". */
export const latest = 'latest';

/** Numbers that Postgres has, and no others: a cursor can be made by hand. */
const transaction = /^\d{1,19}$/;
const sequence = /^(?:\d{1,9}|2147483647)$/;
const forms = [transaction, uuidForm, sequence, /^(-|[\da-f-]{36})$/, /^\d{1,15}$/, /^\d{1,15}$/];

/** The cursor of a reader of the feed, the reader's alone. */
export function eventCursor({ position, era, seenTo, givenAt }: FeedCursor, clientId: string): string {
  const { writtenIn, eventId } = position;
  const times = [seenTo, givenAt].map((time) => String(time.getTime()));
  return boundCursor(cursorOf(list, [writtenIn, eventId, String(position.sequence), era, ...times]), clientId);
}

/** What a cursor says; `null`: it is none of this client's. */
export function eventCursorIn(text: string, clientId: string): FeedCursor | null {
  const parts = partsIn(unboundCursor(text, clientId), list, forms);
  if (!parts) return null;
  const [writtenIn = '', eventId = '', within = '', era = '', seenTo = '', givenAt = ''] = parts;
  return {
    position: { writtenIn, eventId, sequence: Number(within) },
    era,
    seenTo: new Date(Number(seenTo)),
    givenAt: new Date(Number(givenAt)),
  };
}
