import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { FeedStreams } from '../../src/http/feed-streams.js';
import { beginning, type FeedItem } from '../../src/webhooks/feed.js';
import type { FeedStretch } from '../../src/webhooks/read-feed.js';
import type { Log } from '../../src/lib/log.js';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

const cursor = { position: beginning, era: '-', seenTo: new Date(0), givenAt: new Date(0) };
const item: FeedItem = {
  position: beginning,
  id: 'an event',
  type: 'connection.degraded',
  time: new Date(0),
  data: {},
  about: { is: 'connection', connection: 'sales' },
};
const stretch: FeedStretch = {
  items: Array.from({ length: 500 }, () => item),
  isEnd: false,
  cursor,
  behind: () => cursor,
};

describe('a reader that takes nothing', () => {
  it('has no more than a few events made ready', async () => {
    const streams = new FeedStreams({ hasNews: () => new Promise(() => {}) }, silentLog);
    let [shown, reads] = [0, 0];
    const stream = streams.begin(stretch, {
      clientId: 'slow',
      signal: new AbortController().signal,
      read: async () => {
        reads += 1;
        return stretch;
      },
      show: () => `event ${(shown += 1)}`,
      cursor: () => 'a cursor',
    });
    // Begins to read ahead.
    stream.once('readable', () => {});
    for (let turns = 0; turns < 50; turns += 1) await turn();
    const [madeReady, wereOpen] = [shown, streams.open];
    stream.destroy();
    await turn();

    expect(madeReady).toBeGreaterThan(0);
    expect(madeReady).toBeLessThan(20);
    expect(reads).toBe(0);
    expect([wereOpen, streams.open]).toEqual([1, 0]);
  });
});
