import type { DataSource } from 'typeorm';
import type { JsonObject } from '../lib/json.js';
import { PositionUnknown } from '../webhooks/feed.errors.js';
import type { EventFeed, FeedItem, FeedPage, FeedPosition, FeedTerms } from '../webhooks/feed.js';
import { textIn } from '../lib/json.js';
import type { Row } from './columns.js';
import * as sql from './feed.sql.js';
import { processOf } from './process-of-row.js';

interface ItemRow {
  readonly written_in: string;
  readonly base_id: string;
  readonly id: string;
  readonly sequence: number;
  readonly type: string;
  readonly time: string;
  readonly data: JsonObject;
  readonly connection: string | null;
  readonly process: Row | null;
  readonly seen_at: string | null;
}

interface PageRow {
  readonly looked_at: number;
  readonly last: { readonly written_in: string; readonly id: string } | null;
  readonly is_foreign: boolean;
  readonly read_at: Date;
  readonly era: string;
  readonly items: readonly ItemRow[] | null;
}

/** Behind whatever an event brought along. */
const allOfIt = 2_147_483_647;
/** Events that are looked at in one statement for whoever may not see all of them, and how often for one answer. */
const lookedAt = 1000;
const mostLooks = 5;

/** The feed of events in Postgres: what is there already, read in the order of the transactions that wrote it. */
export class PostgresEventFeed implements EventFeed {
  constructor(private readonly database: DataSource) {}

  async read(after: FeedPosition, { visible, limit }: FeedTerms): Promise<FeedPage> {
    const { connections, definitions, clientId } = visible;
    const isLimited = connections !== null || definitions !== null || clientId !== null;
    const items: FeedItem[] = [];
    let position = after;
    for (let looks = 1; ; looks += 1) {
      // The position itself is looked at too, for what its event brings along; and one more tells whether there is more.
      const atOnce = isLimited ? lookedAt : limit - items.length + 2;
      const values = [
        position.writtenIn,
        position.eventId,
        position.sequence,
        atOnce,
        connections,
        definitions,
        clientId,
      ];
      const [row] = await this.database.query<PageRow[]>(sql.read, values);
      if (!row) throw new Error('The feed gave no row');
      if (row.is_foreign) throw new PositionUnknown(`Transaction ${position.writtenIn} is yet to come`);
      const page = { readAt: row.read_at, era: row.era };
      items.push(...(row.items ?? []).map(itemOf));
      const last = items[limit - 1];
      if (last && items.length > limit)
        return { ...page, items: items.slice(0, limit), position: last.position, isEnd: false };
      if (row.last) position = { writtenIn: row.last.written_in, eventId: row.last.id, sequence: allOfIt };
      const isEnd = row.looked_at < atOnce;
      if (isEnd || looks === mostLooks) return { ...page, items, position, isEnd };
    }
  }

  async end(): Promise<Pick<FeedPage, 'position' | 'readAt' | 'era'>> {
    const [row] = await this.database.query<{ written_in: string; read_at: Date; era: string }[]>(sql.end);
    if (!row) throw new Error('The feed gave no row');
    const position = { writtenIn: row.written_in, eventId: lowestId, sequence: 0 };
    return { position, readAt: row.read_at, era: row.era };
  }

  async head(): Promise<Pick<FeedPosition, 'writtenIn' | 'eventId'> | null> {
    const [row] = await this.database.query<{ written_in: string; id: string }[]>(sql.head);
    return row ? { writtenIn: row.written_in, eventId: row.id } : null;
  }
}

const lowestId = '00000000-0000-0000-0000-000000000000';

function itemOf(row: ItemRow): FeedItem {
  return {
    position: { writtenIn: row.written_in, eventId: row.base_id, sequence: row.sequence },
    id: row.id,
    type: row.type,
    time: new Date(row.time),
    data: row.data,
    about: aboutOf(row),
  };
}

function aboutOf({ process, seen_at, sequence, connection, data }: ItemRow): FeedItem['about'] {
  if (process) return { is: 'process', process: processOf(process, seen_at), sequence };
  return connection === null
    ? { is: 'webhook', webhookId: textIn(data, 'webhookId') }
    : { is: 'connection', connection };
}
