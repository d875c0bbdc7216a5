import { textIn } from '../lib/json.js';
import type { Post, Received } from '../lib/guarded-post.js';
import type { Process } from '../processes/process.js';
import { cloudEvent, type ShowProcess } from './cloud-event.js';
import { beginning, type FeedItem } from './feed.js';
import { signedHeaders } from './signature.js';
import type { WebhookSecrets } from './webhook-secrets.js';
import type { DeliveryTry, KeptNews } from './webhook.js';
import type { DueRound } from './webhook.store.js';

/** What one try came to. */
export interface Tried {
  readonly tried: DeliveryTry;
  /** `null`: there was no answer. */
  readonly received: Received | null;
}

/** Where a message goes, and how late it is. */
export interface Envelope extends Omit<DueRound, 'due'> {
  readonly webhookId: string;
  /** When `now` was read, by the monotonic clock. */
  readonly nowReadAtMs: number;
}

const longestMs = 10_000;

/** Sends one event to one endpoint, once. */
export class SendNews {
  constructor(
    private readonly post: Post,
    private readonly secrets: WebhookSecrets,
    private readonly show: ShowProcess,
  ) {}

  /** Never throws: what went wrong is part of what came of it. */
  async send(news: KeptNews, process: Process | null, envelope: Envelope): Promise<Tried> {
    // Clocks of replicas differ, that of the database is one.
    const at = new Date(envelope.now.getTime() + performance.now() - envelope.nowReadAtMs);
    try {
      const received = await this.#posted(news, process, { ...envelope, now: at });
      const isTaken = received.status >= 200 && received.status < 300;
      return {
        received,
        tried: { at, status: received.status, error: isTaken ? null : `The receiver answered ${received.status}.` },
      };
    } catch (error) {
      return {
        received: null,
        tried: { at, status: null, error: error instanceof Error ? error.message : 'It failed.' },
      };
    }
  }

  async #posted(
    news: KeptNews,
    process: Process | null,
    { webhookId, url, secretsSealed, now }: Envelope,
  ): Promise<Received> {
    if (news.processId !== null && process === null) throw new Error('The process is gone.');
    const body = JSON.stringify(cloudEvent(itemOf(news, process), this.show));
    const secrets = secretsSealed.map(({ column, sealed }) => this.secrets.open(webhookId, column, sealed));
    const headers = signedHeaders({ id: news.id, timestamp: Math.floor(now.getTime() / 1000), body }, secrets);
    const type = 'application/cloudevents+json; charset=utf-8';
    return this.post({ url, headers: { 'content-type': type, ...headers }, body }, AbortSignal.timeout(longestMs));
  }
}

function itemOf({ id, type, time, data, connection, sequence }: KeptNews, process: Process | null): FeedItem {
  const about: FeedItem['about'] = process
    ? { is: 'process', process, sequence }
    : connection === null
      ? { is: 'webhook', webhookId: textIn(data, 'webhookId') }
      : { is: 'connection', connection };
  return { position: beginning, id, type, time: new Date(time), data, about };
}
