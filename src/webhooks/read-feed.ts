import { CursorExpired, PositionUnknown } from './feed.errors.js';
import { beginning, type EventFeed, type FeedPage, type FeedPosition, type FeedTerms } from './feed.js';

/** What a reader is given to go on by. */
export interface FeedCursor {
  readonly position: FeedPosition;
  readonly era: string;
  /** The time of the last event before it, or when there was none behind it. */
  readonly seenTo: Date;
  readonly givenAt: Date;
}

/** A stretch of the feed with the cursor behind it. */
export interface FeedStretch extends Pick<FeedPage, 'items' | 'isEnd'> {
  readonly cursor: FeedCursor;
  /** The cursor behind one of the items. */
  readonly behind: (item: FeedPage['items'][number]) => FeedCursor;
}

const dayMs = 86_400_000;

/** Reads the feed for people who come back: whoever has been away too long is told, instead of missing something. */
export class ReadFeed {
  /** @param keptDays  how long events of what is over are kept */
  constructor(
    private readonly feed: EventFeed,
    private readonly keptDays: number,
  ) {}

  /** @throws CursorExpired  what followed the cursor may be gone */
  async read(after: FeedCursor | null, terms: FeedTerms): Promise<FeedStretch> {
    const page = await this.#page(after, terms);
    if (after && after.era !== page.era)
      throw new CursorExpired('The database was put back since this cursor was given.');
    if (after && this.#isTooOld(after, page.readAt)) {
      throw new CursorExpired(`This cursor is older than the ${this.keptDays} days that events are kept.`);
    }
    const { era, readAt: givenAt } = page;
    const last = page.items.at(-1);
    const seenTo = page.isEnd ? givenAt : (last?.time ?? after?.seenTo ?? givenAt);
    return {
      items: page.items,
      isEnd: page.isEnd,
      cursor: { position: page.position, era, seenTo, givenAt },
      behind: ({ position, time }) => ({ position, era, seenTo: time, givenAt }),
    };
  }

  /** A cursor behind everything that there is by now. */
  async latest(): Promise<FeedCursor> {
    const { position, era, readAt } = await this.feed.end();
    return { position, era, seenTo: readAt, givenAt: readAt };
  }

  async #page(after: FeedCursor | null, terms: FeedTerms): Promise<FeedPage> {
    try {
      return await this.feed.read(after?.position ?? beginning, terms);
    } catch (cause) {
      if (!(cause instanceof PositionUnknown)) throw cause;
      throw new CursorExpired('This cursor is of another database.', { cause });
    }
  }

  /** Whoever walks through the oldest events, which go meanwhile, had it a moment ago. */
  #isTooOld({ seenTo, givenAt }: FeedCursor, now: Date): boolean {
    const isGone = now.getTime() - seenTo.getTime() > this.keptDays * dayMs;
    return isGone && now.getTime() - givenAt.getTime() > dayMs;
  }
}
