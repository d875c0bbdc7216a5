import type { DataSource } from 'typeorm';
import type { Webhook, WebhookTerms } from '../webhooks/webhook.js';
import type { NewWebhook, OwnedBy, ReplacedSecret, WebhookStore } from '../webhooks/webhook.store.js';
import { fromColumns, type Row } from './columns.js';
import * as sql from './webhook.sql.js';

const times = new Set(['createdAt']);

/** How far the time of an event may be from those around it: it is taken before its commit. */
const slackMs = 60_000;

/** Webhooks in Postgres. */
export class PostgresWebhookStore implements WebhookStore {
  constructor(private readonly database: DataSource) {}

  async add({
    id,
    url,
    types,
    connections,
    description,
    secretSealed,
    clientId,
    visible,
  }: NewWebhook): Promise<Webhook> {
    const may = [visible.connections, visible.definitions, visible.clientId];
    const webhook = await this.#one(sql.add, [
      id,
      url,
      types,
      connections,
      description,
      secretSealed,
      clientId,
      ...may,
    ]);
    if (!webhook) throw new Error('An insert of a webhook returned no row');
    return webhook;
  }

  find(id: string, ownedBy: OwnedBy): Promise<Webhook | null> {
    return this.#one(sql.find, [id, ownedBy]);
  }

  async list(ownedBy: OwnedBy, before: string | null, limit: number): Promise<readonly Webhook[]> {
    const rows = await this.database.query<Row[]>(sql.list, [ownedBy, before, limit]);
    return rows.map(webhookOf);
  }

  change(id: string, version: number, { url, types, connections, description }: WebhookTerms): Promise<Webhook | null> {
    return this.#one(sql.change, [id, version, url, types, connections, description]);
  }

  async remove(id: string, version: number): Promise<boolean> {
    const [row] = await this.database.query<{ removed: number }[]>(sql.remove, [id, version]);
    return row?.removed === 1;
  }

  async secretOf(id: string): Promise<Buffer | null> {
    const [row] = await this.database.query<{ secret_sealed: Buffer }[]>(sql.secretOf, [id]);
    return row?.secret_sealed ?? null;
  }

  replaceSecret(id: string, { sealed, before, beforeSealed }: ReplacedSecret): Promise<Webhook | null> {
    return this.#one(sql.replaceSecret, [id, sealed, before, beforeSealed]);
  }

  enable(id: string): Promise<Webhook | null> {
    return this.#one(sql.enable, [id]);
  }

  async replay(id: string, from: Date): Promise<Webhook | null> {
    return this.#one(sql.replay, [id, String(await this.#transactionAt(new Date(from.getTime() - slackMs))), from]);
  }

  /** The first transaction that wrote at this time or later, by halves: numbers and times go the same way. */
  async #transactionAt(time: Date): Promise<bigint> {
    const [span] = await this.database.query<{ next: string }[]>(sql.nextTransaction);
    let [low, high] = [0n, BigInt(span?.next ?? '0')];
    while (low < high) {
      const middle = (low + high) / 2n;
      const [event] = await this.database.query<{ written_in: string; time: Date }[]>(sql.firstFrom, [String(middle)]);
      if (event && event.time < time) low = BigInt(event.written_in) + 1n;
      else high = middle;
    }
    return low;
  }

  async #one(statement: string, values: readonly unknown[]): Promise<Webhook | null> {
    const [row] = await this.database.query<Row[]>(statement, [...values]);
    return row ? webhookOf(row) : null;
  }
}

/** The webhook of a row. */
export function webhookOf(row: Row): Webhook {
  return fromColumns(row, times);
}
