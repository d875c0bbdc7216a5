import type { JsonObject } from '../lib/json.js';
import type { Process } from '../processes/process.js';
import type { Visibility } from '../processes/process.reader.js';

/** Where a reader stands in the order of the feed: behind this event. */
export interface FeedPosition {
  /** The number of the transaction that the event was written in, in decimal. */
  readonly writtenIn: string;
  readonly eventId: string;
  /** Of the event in its process, since one may bring others of its process along; 0: before it, of what is of none: behind it. */
  readonly sequence: number;
}

/** Before everything that there is. */
export const beginning: FeedPosition = {
  writtenIn: '0',
  eventId: '00000000-0000-0000-0000-000000000000',
  sequence: 0,
};

/** What an event is about. */
export type FeedSubject =
  | { readonly is: 'process'; readonly process: Process; readonly sequence: number }
  | { readonly is: 'connection'; readonly connection: string }
  | { readonly is: 'webhook'; readonly webhookId: string };

/** One event as the feed has it; a process as it stands when it is read. */
export interface FeedItem {
  readonly position: FeedPosition;
  readonly id: string;
  /** Unprefixed, e.g. `process.started`. */
  readonly type: string;
  readonly time: Date;
  /** What changed. */
  readonly data: JsonObject;
  readonly about: FeedSubject;
}

/** A stretch of the feed. */
export interface FeedPage {
  /** Oldest first; those of one process in the order of their sequence. */
  readonly items: readonly FeedItem[];
  /** Up to where it was read, whether or not its reader may see what is there. */
  readonly position: FeedPosition;
  /** Nothing stands behind it at this moment. */
  readonly isEnd: boolean;
  /** By the clock of the database. */
  readonly readAt: Date;
  /** Another one, where the database may be an older one than positions that were given before. */
  readonly era: string;
}

/** How much of the feed is read at once, and for whom. */
export interface FeedTerms {
  readonly visible: Visibility;
  readonly limit: number;
}

/**
 * Every event in an order that stands still: nothing ever comes in before what was read. An event is in it when no
 * transaction is open any more that could have written before it.
 */
export interface EventFeed {
  /** What follows a position. @throws PositionUnknown  this database has never been so far */
  read(after: FeedPosition, terms: FeedTerms): Promise<FeedPage>;
  /** Behind everything that is in the feed by now. */
  end(): Promise<Pick<FeedPage, 'position' | 'readAt' | 'era'>>;
  /** The last event that is in the feed, whoever may see it; `null`: there is none. */
  head(): Promise<Pick<FeedPosition, 'writtenIn' | 'eventId'> | null>;
}
export const EventFeed = Symbol('EventFeed');

/** Whether one position is behind another event. */
export function isBehind(
  one: Pick<FeedPosition, 'writtenIn' | 'eventId'>,
  other: Pick<FeedPosition, 'writtenIn' | 'eventId'>,
): boolean {
  const [mine, others] = [BigInt(one.writtenIn), BigInt(other.writtenIn)];
  return mine === others ? one.eventId < other.eventId : mine < others;
}
