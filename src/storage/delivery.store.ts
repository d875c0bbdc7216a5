import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { FeedPosition } from '../webhooks/feed.js';
import type { TryVerdict } from '../webhooks/next-try.js';
import type { Delivery, DeliveryTry, KeptNews } from '../webhooks/webhook.js';
import type { DeliveryStore, DueRound, OwnedBy, TakenWebhook } from '../webhooks/webhook.store.js';
import type { Row } from './columns.js';
import {
  deliveryOf,
  sendingOf,
  takenOf,
  type DeliveryRow,
  type DueRow,
  type SendingRow,
  type TakenRow,
} from './delivery-rows.js';
import * as sql from './delivery.sql.js';
import { head } from './feed.sql.js';
import { processOf } from './process-of-row.js';

/** Deliveries in Postgres: what waits there outlives whoever delivers it. */
export class PostgresDeliveryStore implements DeliveryStore {
  /** @param firstAfterSeconds  before the first try */
  constructor(
    private readonly database: DataSource,
    private readonly firstAfterSeconds: number,
  ) {}

  async take(token: string): Promise<TakenWebhook | null> {
    const [there] = await this.database.query<{ found: boolean }[]>(sql.areThere);
    if (!there?.found) return null;
    const [last] = await this.database.query<{ written_in: string; id: string }[]>(head);
    const values = [token, last?.written_in ?? null, last?.id ?? null];
    const [row] = await this.database.query<(Row & TakenRow)[]>(sql.take, values);
    return row ? takenOf(row, token) : null;
  }

  async release({ id, token }: Pick<TakenWebhook, 'id' | 'token'>): Promise<void> {
    await this.database.query(sql.release, [id, token]);
  }

  async keep(
    { id, token, notBefore }: TakenWebhook,
    news: readonly KeptNews[],
    { position, seenTo }: { position: FeedPosition; seenTo: Date },
  ): Promise<boolean> {
    const list = news.map((one) => ({ delivery: uuidv7(), news: one, afterSeconds: this.firstAfterSeconds }));
    const { writtenIn, eventId, sequence } = position;
    const values = [id, token, writtenIn, eventId, sequence, seenTo, JSON.stringify(list), notBefore];
    return (await this.database.query<unknown[]>(sql.keep, values)).length > 0;
  }

  async due({ id, token }: Pick<TakenWebhook, 'id' | 'token'>, limit: number): Promise<DueRound | null> {
    const [row] = await this.database.query<DueRow[]>(sql.due, [id, token, limit]);
    if (!row) return null;
    const due = (row.due ?? []).map(({ process, seen_at, ...one }) => ({
      ...one,
      process: process && processOf(process, seen_at),
    }));
    return { ...sendingOf(row), due };
  }

  async forTest(webhookId: string): Promise<Omit<DueRound, 'due'> | null> {
    const [row] = await this.database.query<SendingRow[]>(sql.forTest, [webhookId]);
    return row ? sendingOf(row) : null;
  }

  async record(
    { id, version }: { readonly id: string; readonly version: number },
    tried: DeliveryTry,
    verdict: TryVerdict,
  ): Promise<boolean> {
    const after = verdict.state === 'waiting' ? verdict.afterSeconds : null;
    const values = [id, version, JSON.stringify([tried]), verdict.state, after];
    return (await this.database.query<unknown[]>(sql.record, values)).length > 0;
  }

  async recordTest(
    webhookId: string,
    news: KeptNews,
    { id, tried, isDelivered }: { id: string; tried: DeliveryTry; isDelivered: boolean },
  ): Promise<Delivery> {
    const state = isDelivered ? 'delivered' : 'failed';
    const values = [id, webhookId, JSON.stringify(news), state, JSON.stringify([tried])];
    const [row] = await this.database.query<DeliveryRow[]>(sql.recordTest, values);
    if (!row) throw new Error('An insert of a delivery returned no row');
    return deliveryOf(row);
  }

  async disable(webhookId: string, because: string): Promise<void> {
    await this.database.query(sql.disable, [webhookId, because, uuidv7(), uuidv7()]);
  }

  async list(webhookId: string, before: string | null, limit: number): Promise<readonly Delivery[]> {
    const rows = await this.database.query<DeliveryRow[]>(sql.list, [webhookId, before, limit]);
    return rows.map(deliveryOf);
  }

  async redeliver(id: string, ownedBy: OwnedBy): Promise<Delivery | null> {
    const [row] = await this.database.query<DeliveryRow[]>(sql.redeliver, [id, ownedBy]);
    return row ? deliveryOf(row) : null;
  }

  async forget(): Promise<number> {
    const [row] = await this.database.query<{ gone: number }[]>(sql.forget);
    return row?.gone ?? 0;
  }
}
