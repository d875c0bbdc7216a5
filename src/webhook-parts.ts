import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import { processView } from './http/process-view.js';
import { PublicUrl } from './http/public-url.js';
import type { Closing } from './lib/closing.js';
import { EgressRules } from './lib/egress-rules.js';
import { guardedPost, Post } from './lib/guarded-post.js';
import { Log } from './lib/log.js';
import { Rounds } from './lib/rounds.js';
import { SecretBox } from './lib/secret-box.js';
import { WebhookCounts } from './observability/webhook-counts.js';
import { platformKindOf } from './platforms/registry.js';
import { provide } from './provide.js';
import type { Caller } from './security/caller.js';
import { Database } from './storage/database.js';
import { PostgresDeliveryStore } from './storage/delivery.store.js';
import { PostgresWebhookStore } from './storage/webhook.store.js';
import type { ShowProcess } from './webhooks/cloud-event.js';
import { Deliverer } from './webhooks/deliverer.js';
import { EventFeed } from './webhooks/feed.js';
import { SendNews } from './webhooks/send-news.js';
import { WebhookSecrets } from './webhooks/webhook-secrets.js';
import { DeliveryStore, WebhookStore } from './webhooks/webhook.store.js';
import { Webhooks } from './webhooks/webhooks.js';

const deliverEveryMs = 500;
const forgetEveryMs = 60_000;

/** The news out: signed, and repeated until they are taken. */
export const webhookParts: Provider[] = [
  provide(WebhookStore, [Database], (database: Database) => new PostgresWebhookStore(database)),
  provide(
    DeliveryStore,
    [Database, Config],
    (database: Database, { webhookSchedule }: Config) => new PostgresDeliveryStore(database, webhookSchedule[0] ?? 0),
  ),
  provide(Post, [EgressRules], (rules: EgressRules) => guardedPost(rules)),
  provide(WebhookSecrets, [SecretBox], (box: SecretBox) => new WebhookSecrets(box)),
  provide(
    SendNews,
    [Post, WebhookSecrets, PublicUrl],
    (post: Post, secrets: WebhookSecrets, url: PublicUrl) => new SendNews(post, secrets, shownBy(url)),
  ),
  provide(
    Webhooks,
    [WebhookStore, DeliveryStore, WebhookSecrets, SendNews, EgressRules],
    (store: WebhookStore, deliveries: DeliveryStore, secrets: WebhookSecrets, sender: SendNews, egress: EgressRules) =>
      new Webhooks({ store, deliveries, secrets, sender, egress }),
  ),
  provide(WebhookCounts, [], () => new WebhookCounts()),
  provide(
    Deliverer,
    [DeliveryStore, EventFeed, SendNews, Config, WebhookCounts, Log],
    (
      store: DeliveryStore,
      feed: EventFeed,
      sender: SendNews,
      { webhookSchedule: schedule }: Config,
      counts: WebhookCounts,
      log: Log,
    ) => new Deliverer({ store, feed, sender, schedule, counted: (outcome) => counts.count(outcome), log }),
  ),
];

/** Delivers, and lets go of what is over, until the gateway stops. */
export function beginWebhooks(app: INestApplicationContext, closing: Closing): void {
  const log = app.get<Log>(Log);
  const [deliverer, store] = [app.get(Deliverer), app.get<DeliveryStore>(DeliveryStore)];
  const delivering = new Rounds({
    everyMs: deliverEveryMs,
    round: (stopping) => deliverer.round(stopping),
    failed: (error) => log.warn('webhook.not-delivered', { error }),
  });
  const forgetting = new Rounds({
    everyMs: forgetEveryMs,
    round: async () => void (await store.forget()),
    failed: (error) => log.warn('webhook.not-forgotten', { error }),
  });
  delivering.begin();
  forgetting.begin();
  closing.add('webhooks', async () => {
    await Promise.all([delivering.end(), forgetting.end()]);
    await deliverer.end();
  });
}

/** Whoever receives it may do nothing with the process by that. */
function shownBy(url: PublicUrl): ShowProcess {
  const caller: Caller = {
    clientId: '',
    name: 'webhook',
    scopes: new Set(),
    connections: [],
    definitions: null,
    sees: 'connection',
    requireIdempotencyKey: false,
  };
  return (process, parts) => processView(process, { caller, url, kindOf: platformKindOf }, parts);
}
