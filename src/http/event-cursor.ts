import type { FeedCursor } from '../webhooks/read-feed.js';
import { boundCursor, cursorOf, partsIn, unboundCursor, uuidForm } from './cursor.js';

const list = 'events';
/** Stands for "from now on". */
export const latest = 'latest';

const forms = [/^\d{1,20}$/, uuidForm, /^\d{1,10}$/, /^(-|[\da-f-]{36})$/, /^\d{1,15}$/, /^\d{1,15}$/];

/** The cursor of a reader of the feed, the reader's alone. */
export function eventCursor({ position, era, seenTo, givenAt }: FeedCursor, clientId: string): string {
  const { writtenIn, eventId, sequence } = position;
  const times = [seenTo, givenAt].map((time) => String(time.getTime()));
  return boundCursor(cursorOf(list, [writtenIn, eventId, String(sequence), era, ...times]), clientId);
}

/** What a cursor says; `null`: it is none of this client's. */
export function eventCursorIn(text: string, clientId: string): FeedCursor | null {
  const parts = partsIn(unboundCursor(text, clientId), list, forms);
  if (!parts) return null;
  const [writtenIn = '', eventId = '', sequence = '', era = '', seenTo = '', givenAt = ''] = parts;
  return {
    position: { writtenIn, eventId, sequence: Number(sequence) },
    era,
    seenTo: new Date(Number(seenTo)),
    givenAt: new Date(Number(givenAt)),
  };
}
