import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { FeedStreams } from './http/feed-streams.js';
import { Log } from './lib/log.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresEventFeed } from './storage/feed.store.js';
import { FeedWatch } from './webhooks/feed-watch.js';
import { EventFeed } from './webhooks/feed.js';
import { ReadFeed } from './webhooks/read-feed.js';

/** What happened, for those who ask or listen. */
export const feedParts: Provider[] = [
  provide(EventFeed, [Database], (database: Database) => new PostgresEventFeed(database)),
  provide(FeedWatch, [EventFeed, Log], (feed: EventFeed, log: Log) => new FeedWatch(feed, log)),
  provide(FeedStreams, [FeedWatch, Log], (watch: FeedWatch, log: Log) => new FeedStreams(watch, log)),
  provide(
    ReadFeed,
    [EventFeed, Config],
    // Retention keeps a process as long as its key.
    (feed: EventFeed, { retentionDays, idempotencyDays }: Config) =>
      new ReadFeed(feed, Math.max(retentionDays, idempotencyDays)),
  ),
];
