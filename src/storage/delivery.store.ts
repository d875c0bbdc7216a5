import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Visibility } from '../processes/process.store.js';
import type { FeedPosition } from '../webhooks/feed.js';
import type { TryVerdict } from '../webhooks/next-try.js';
import type { Delivery, DeliveryTry, KeptNews } from '../webhooks/webhook.js';
import type { DeliveryStore, DueRound, OwnedBy, TakenWebhook } from '../webhooks/webhook.store.js';
import type { Row } from './columns.js';
import * as sql from './delivery.sql.js';
import { head } from './feed.sql.js';
import { processOf } from './process-of-row.js';
import { webhookOf } from './webhook.store.js';

type List = readonly string[] | null;

interface TakenRow {
  readonly written_in: string;
  readonly event_id: string;
  readonly sequence: number;
  readonly not_before: Date;
  readonly seen_to: Date;
  readonly visible_connections: List;
  readonly visible_definitions: List;
  readonly visible_client_id: string | null;
  readonly is_foreign: boolean;
  readonly owner_is_there: boolean;
  readonly has_room: boolean;
  readonly owner_connections: List;
  readonly owner_definitions: List;
  readonly owner_client_id: string | null;
}

interface SendingRow {
  readonly url: string;
  readonly secret_sealed: Buffer;
  readonly old_secret_sealed: Buffer | null;
  readonly now: Date;
}

interface DueRow extends SendingRow {
  readonly due:
    | readonly {
        readonly id: string;
        readonly version: number;
        readonly tried: number;
        readonly news: KeptNews;
        readonly process: Row | null;
        readonly seen_at: string | null;
      }[]
    | null;
}

interface DeliveryRow {
  readonly id: string;
  readonly event: KeptNews;
  readonly state: Delivery['state'];
  readonly tries: readonly { readonly at: string; readonly status: number | null; readonly error: string | null }[];
  readonly next_try_at: Date | null;
}

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

/** Before everything that there is. */
const beforeAll: FeedPosition = { writtenIn: '0', eventId: '00000000-0000-0000-0000-000000000000', sequence: 0 };

function takenOf(row: Row & TakenRow, token: string): TakenWebhook {
  const { id, url, types, connections, description, state, version, createdAt } = webhookOf(row);
  const position = { writtenIn: row.written_in, eventId: row.event_id, sequence: row.sequence };
  // Of another cluster: everything from then on is told again.
  const before = row.is_foreign && row.seen_to > row.not_before ? row.seen_to : row.not_before;
  return {
    id,
    url,
    types,
    connections,
    description,
    state,
    version,
    createdAt,
    token,
    position: row.is_foreign ? beforeAll : position,
    notBefore: before,
    visible: visibleTo(row),
    ownerIsThere: row.owner_is_there,
    hasRoom: row.has_room,
  };
}

function visibleTo(row: TakenRow): Visibility {
  return {
    connections: both(row.visible_connections, row.owner_connections),
    definitions: both(row.visible_definitions, row.owner_definitions),
    clientId: row.visible_client_id ?? row.owner_client_id,
  };
}

function both(one: List, other: List): List {
  if (one === null) return other;
  return other === null ? one : one.filter((name) => other.includes(name));
}

function sendingOf({ url, secret_sealed, old_secret_sealed, now }: SendingRow): Omit<DueRound, 'due'> {
  const old = old_secret_sealed ? [{ column: 'old_secret_sealed' as const, sealed: old_secret_sealed }] : [];
  return { url, secretsSealed: [{ column: 'secret_sealed', sealed: secret_sealed }, ...old], now };
}

function deliveryOf({ id, event, state, tries, next_try_at }: DeliveryRow): Delivery {
  return {
    id,
    eventId: event.id,
    type: event.type,
    state,
    tries: tries.map(({ at, ...one }) => ({ ...one, at: new Date(at) })),
    nextTryAt: state === 'waiting' ? next_try_at : null,
  };
}
