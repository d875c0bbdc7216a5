import { randomUUID } from 'node:crypto';
import type { Log } from '../lib/log.js';
import type { EventFeed } from './feed.js';
import { verdictOfTry } from './next-try.js';
import type { SendNews } from './send-news.js';
import { isAskedFor, newsOf } from './webhook.js';
import type { DeliveryStore, DueDelivery, DueRound, TakenWebhook } from './webhook.store.js';

export interface DelivererParts {
  readonly store: DeliveryStore;
  readonly feed: Pick<EventFeed, 'read'>;
  readonly sender: SendNews;
  /** Seconds before each try. */
  readonly schedule: readonly number[];
  /** Told of what came of each try. */
  readonly counted: (outcome: 'delivered' | 'failed' | 'postponed') => void;
  readonly log: Log;
}

/** Webhooks that one replica works for at a time; a slow endpoint costs one of these places and no more. */
const places = 32;
/** Requests to one endpoint at a time. */
const atOnce = 8;
const readAtOnce = 200;
/** After so long others have a turn. */
const turnMs = 5000;

/**
 * Carries events to webhooks. Each webhook stands somewhere in the feed; what follows is kept as deliveries and tried until
 * its endpoint takes it. One replica at a time works for a webhook; what a killed one has left, another takes half a minute
 * later, and an endpoint may then see an event a second time, under the same id.
 */
export class Deliverer {
  readonly #turns = new Set<Promise<void>>();

  constructor(private readonly parts: DelivererParts) {}

  /** Begins to work for every webhook that has something to do, as far as there are places. */
  async round(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted && this.#turns.size < places) {
      const webhook = await this.parts.store.take(randomUUID());
      if (!webhook) return;
      const turn = this.#turn(webhook, stopping).finally(() => this.#turns.delete(turn));
      this.#turns.add(turn);
    }
  }

  /** Waits for the requests that are out. */
  async end(): Promise<void> {
    await Promise.all(this.#turns);
  }

  async #turn(webhook: TakenWebhook, stopping: AbortSignal): Promise<void> {
    const { store, log } = this.parts;
    const endsAtMs = performance.now() + turnMs;
    try {
      if (!webhook.ownerIsThere) {
        await store.disable(webhook.id, 'The client that made it was removed, or has expired.');
        return;
      }
      let now: TakenWebhook | null = webhook;
      while (now && !stopping.aborted && performance.now() < endsAtMs) {
        // What waits goes before what follows, so that little waits.
        if (!(await this.#send(now))) now = now.hasRoom ? await this.#read(now) : null;
      }
    } catch (error) {
      log.warn('webhook.turn-failed', { webhookId: webhook.id, error });
    } finally {
      await store.release(webhook).catch(() => {});
    }
  }

  /** Keeps what follows in the feed; `null`: nothing does, or another replica works for it. */
  async #read(webhook: TakenWebhook): Promise<TakenWebhook | null> {
    const { store, feed } = this.parts;
    const page = await feed.read(webhook.position, { visible: webhook.visible, limit: readAtOnce });
    const { position } = page;
    const isSame = position.writtenIn === webhook.position.writtenIn && position.eventId === webhook.position.eventId;
    if (isSame && page.items.length === 0) return null;
    const news = page.items
      .filter(({ time }) => time >= webhook.notBefore)
      .map(newsOf)
      .filter((one) => isAskedFor(webhook, one));
    const seenTo = page.items.at(-1)?.time ?? page.readAt;
    const isKept = await store.keep(webhook, news, { position, seenTo });
    return isKept ? { ...webhook, position } : null;
  }

  async #send(webhook: TakenWebhook): Promise<boolean> {
    const round = await this.parts.store.due(webhook, atOnce);
    if (!round || round.due.length === 0) return false;
    const nowReadAtMs = performance.now();
    await Promise.all(round.due.map((one) => this.#deliver(webhook.id, one, { ...round, nowReadAtMs })));
    return true;
  }

  async #deliver(
    webhookId: string,
    delivery: DueDelivery,
    round: DueRound & { readonly nowReadAtMs: number },
  ): Promise<void> {
    const { store, sender, schedule, counted, log } = this.parts;
    const { tried, received } = await sender.send(delivery.news, delivery.process, { ...round, webhookId });
    const isGone = delivery.news.processId !== null && delivery.process === null;
    const verdict = isGone
      ? ({ state: 'failed', disables: null } as const)
      : verdictOfTry(received, delivery.tried + 1, schedule);
    if (!(await store.record(delivery, tried, verdict))) return;
    counted(verdict.state === 'waiting' ? 'postponed' : verdict.state);
    if (verdict.state === 'delivered') return;
    log.info('webhook.not-taken', { webhookId, deliveryId: delivery.id, status: tried.status, reason: tried.error });
    if (verdict.state === 'failed' && verdict.disables !== null) await store.disable(webhookId, verdict.disables);
  }
}
