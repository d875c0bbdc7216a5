import type { Log } from '../lib/log.js';
import { isBehind, type EventFeed, type FeedPosition } from './feed.js';

interface Watcher {
  readonly position: FeedPosition;
  readonly end: (hasNews: boolean) => void;
}

/** How long somebody waits at most. */
export interface FeedPatience {
  readonly waitMs: number;
  /** Aborted where whoever waits has gone away. */
  readonly signal: AbortSignal;
}

const lookAgainMs = 250;

/**
 * Waiting for the feed to grow: one question for its last event each quarter of a second, for everybody who waits on this
 * replica, and none while nobody does. What other replicas write is found alike.
 */
export class FeedWatch {
  readonly #watchers = new Set<Watcher>();
  #isLooking = false;

  constructor(
    private readonly feed: Pick<EventFeed, 'head'>,
    private readonly log: Log,
  ) {}

  /** Resolves when something stands behind the position: true; or when the patience is over: false. */
  hasNews(position: FeedPosition, { waitMs, signal }: FeedPatience): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const goneAway = (): void => watcher.end(false);
      const watcher: Watcher = {
        position,
        end: (hasNews) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', goneAway);
          this.#watchers.delete(watcher);
          resolve(hasNews);
        },
      };
      const timer = setTimeout(() => watcher.end(false), waitMs);
      signal.addEventListener('abort', goneAway);
      this.#watchers.add(watcher);
      this.#lookLater();
    });
  }

  #lookLater(): void {
    if (this.#isLooking || this.#watchers.size === 0) return;
    this.#isLooking = true;
    setTimeout(() => void this.#look(), lookAgainMs).unref();
  }

  async #look(): Promise<void> {
    try {
      if (this.#watchers.size > 0) await this.#wakeWhoIsBehind();
    } catch (error) {
      this.log.warn('feed.unanswered', { error });
    } finally {
      this.#isLooking = false;
      this.#lookLater();
    }
  }

  async #wakeWhoIsBehind(): Promise<void> {
    const head = await this.feed.head();
    if (!head) return;
    for (const { position, end } of this.#watchers) if (isBehind(position, head)) end(true);
  }
}
