import { Readable } from 'node:stream';
import type { Log } from '../lib/log.js';
import type { FeedItem } from '../webhooks/feed.js';
import type { FeedWatch } from '../webhooks/feed-watch.js';
import type { FeedCursor, FeedStretch } from '../webhooks/read-feed.js';
import { NotNow } from './door.errors.js';

/** What one reader of a stream needs. */
export interface StreamReader {
  readonly clientId: string;
  /** What follows a cursor, as far as this reader may see it. */
  read(after: FeedCursor): Promise<FeedStretch>;
  /** An event as its reader gets it, in one line. */
  show(item: FeedItem): string;
  cursor(cursor: FeedCursor): string;
  /** Aborted where the reader has gone away. */
  readonly signal: AbortSignal;
}

/** Each costs a socket, and a read of its own whenever something happens. */
const mostStreams = 100;
const mostOfClient = 20;
/** So that proxies in between, and readers, know that it lives. */
const heartbeatMs = 15_000;
/** What its reader may see is asked anew with each stream. */
const longestMs = 600_000;
/** Who takes nothing for so long is gone, or will never catch up. */
const stalledMs = 30_000;
const comeBackMs = 2000;

/** The streams of events that this replica writes (Server-Sent Events), and their end. */
export class FeedStreams {
  readonly #open = new Map<string, number>();
  readonly #stop = new AbortController();

  constructor(
    private readonly watch: Pick<FeedWatch, 'hasNews'>,
    private readonly log: Log,
  ) {}

  /** How many are open. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ends all of them, also those that begin from now on. */
  end(): void {
    this.#stop.abort();
  }

  /**
   * A stream that begins with a stretch that was read, and goes on with what follows. What is not taken is not read: no more
   * than a few events wait in memory for a slow reader.
   *
   * @throws NotNow  there are as many streams as this replica, or this client, may have
   */
  begin(first: FeedStretch, reader: StreamReader): Readable {
    this.#take(reader.clientId);
    const over = new AbortController();
    const signal = AbortSignal.any([reader.signal, over.signal, this.#stop.signal, AbortSignal.timeout(longestMs)]);
    const stream = Readable.from(
      this.#lines(first, { ...reader, signal }, () => over.abort()),
      { highWaterMark: 4 },
    );
    stream.once('close', () => {
      over.abort();
      this.#giveBack(reader.clientId);
    });
    // Whoever has gone away is waited for in the middle of a read, or for news.
    reader.signal.addEventListener('abort', () => stream.destroy());
    if (reader.signal.aborted) stream.destroy();
    over.signal.addEventListener('abort', () => stream.destroy());
    return stream;
  }

  async *#lines(first: FeedStretch, reader: StreamReader, stalled: () => void): AsyncGenerator<string> {
    yield `retry: ${comeBackMs}\n\n`;
    try {
      for (let stretch = first; !reader.signal.aborted; stretch = await reader.read(stretch.cursor)) {
        for (const text of framesOf(stretch, reader)) {
          const timer = setTimeout(stalled, stalledMs);
          yield text;
          clearTimeout(timer);
          if (reader.signal.aborted) return;
        }
        if (stretch.isEnd) yield* this.#untilNews(stretch.cursor, reader);
      }
    } catch (error) {
      // The reader comes back, and hears the same as a problem.
      this.log.warn('feed.stream-ended', { clientId: reader.clientId, error });
    }
  }

  async *#untilNews(cursor: FeedCursor, reader: StreamReader): AsyncGenerator<string> {
    const patience = { waitMs: heartbeatMs, signal: reader.signal };
    while (!(await this.watch.hasNews(cursor.position, patience)) && !reader.signal.aborted) {
      yield `: still here\nid: ${reader.cursor(cursor)}\n\n`;
    }
  }

  #take(clientId: string): void {
    const mine = this.#open.get(clientId) ?? 0;
    if (mine >= mostOfClient) throw new NotNow('quota-exceeded', `This client has ${mine} streams open here.`, 30);
    if (this.open >= mostStreams) throw new NotNow('overloaded', 'This replica has as many streams as it can.', 30);
    this.#open.set(clientId, mine + 1);
  }

  #giveBack(clientId: string): void {
    const left = (this.#open.get(clientId) ?? 1) - 1;
    if (left > 0) this.#open.set(clientId, left);
    else this.#open.delete(clientId);
  }
}

/** What its reader may not see moves the cursor all the same. */
function* framesOf({ items, behind, cursor }: FeedStretch, reader: StreamReader): Generator<string> {
  for (const item of items) yield `id: ${reader.cursor(behind(item))}\ndata: ${reader.show(item)}\n\n`;
  if (items.length === 0) yield `: nothing yet\nid: ${reader.cursor(cursor)}\n\n`;
}
