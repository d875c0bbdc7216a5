import type { Visibility } from '../processes/process.reader.js';
import type { FeedPosition } from '../webhooks/feed.js';
import type { Delivery, KeptNews } from '../webhooks/webhook.js';
import type { DueRound, TakenWebhook } from '../webhooks/webhook.store.js';
import type { Row } from './columns.js';
import { webhookOf } from './webhook.store.js';

type List = readonly string[] | null;

export interface TakenRow {
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

export interface SendingRow {
  readonly url: string;
  readonly secret_sealed: Buffer;
  readonly old_secret_sealed: Buffer | null;
  readonly now: Date;
}

export interface DueRow extends SendingRow {
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

export interface DeliveryRow {
  readonly id: string;
  readonly event: KeptNews;
  readonly state: Delivery['state'];
  readonly tries: readonly { readonly at: string; readonly status: number | null; readonly error: string | null }[];
  readonly next_try_at: Date | null;
}

/** Before everything that there is. */
const beforeAll: FeedPosition = { writtenIn: '0', eventId: '00000000-0000-0000-0000-000000000000', sequence: 0 };

/** The webhook of a row that was taken. */
export function takenOf(row: Row & TakenRow, token: string): TakenWebhook {
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

/** The way to its endpoint of a row. */
export function sendingOf({ url, secret_sealed, old_secret_sealed, now }: SendingRow): Omit<DueRound, 'due'> {
  const old = old_secret_sealed ? [{ column: 'old_secret_sealed' as const, sealed: old_secret_sealed }] : [];
  return { url, secretsSealed: [{ column: 'secret_sealed', sealed: secret_sealed }, ...old], now };
}

/** The delivery of a row. */
export function deliveryOf({ id, event, state, tries, next_try_at }: DeliveryRow): Delivery {
  return {
    id,
    eventId: event.id,
    type: event.type,
    state,
    tries: tries.map(({ at, ...one }) => ({ ...one, at: new Date(at) })),
    nextTryAt: state === 'waiting' ? next_try_at : null,
  };
}
