import type { JsonObject } from '../lib/json.js';
import type { Visibility } from '../processes/process.reader.js';
import { typePrefix } from './cloud-event.js';
import type { FeedItem } from './feed.js';

/** What people say of a webhook. */
export interface WebhookTerms {
  readonly url: string;
  /** e.g. `process.started`, `process.*`, with the prefix or without; `null`: all. */
  readonly types: readonly string[] | null;
  /** `null`: all. */
  readonly connections: readonly string[] | null;
  readonly description: string | null;
}

/** An endpoint that is told what happens. */
export interface Webhook extends WebhookTerms {
  readonly id: string;
  readonly state: 'active' | 'disabled';
  /** Counts changes by people; the ETag. */
  readonly version: number;
  readonly createdAt: Date;
}

/** Who made a webhook: it is never told more than they may see. */
export interface WebhookOwner {
  readonly clientId: string;
  readonly visible: Visibility;
}

/** One try of a delivery. */
export interface DeliveryTry {
  readonly at: Date;
  /** `null`: there was no answer. */
  readonly status: number | null;
  /** `null`: it was taken. */
  readonly error: string | null;
}

/** One event on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  /** The last fifty, oldest first. */
  readonly tries: readonly DeliveryTry[];
  readonly nextTryAt: Date | null;
}

/** What is kept of an event that is to be delivered; its process is read anew at each try. */
export interface KeptNews {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: JsonObject;
  readonly connection: string | null;
  readonly processId: string | null;
  readonly sequence: number;
}

/** What a webhook keeps of an item. */
export function newsOf({ id, type, time, data, about }: FeedItem): KeptNews {
  return {
    id,
    type,
    time: time.toISOString(),
    data,
    connection: about.is === 'process' ? about.process.connection : about.is === 'connection' ? about.connection : null,
    processId: about.is === 'process' ? about.process.id : null,
    sequence: about.is === 'process' ? about.sequence : 0,
  };
}

/** Whether a webhook asks for an event. */
export function isAskedFor(
  { types, connections }: Pick<WebhookTerms, 'types' | 'connections'>,
  { type, connection }: Pick<KeptNews, 'type' | 'connection'>,
): boolean {
  const isOfType = types === null || types.map(unprefixed).some((one) => fits(one, type));
  return isOfType && (connections === null || (connection !== null && connections.includes(connection)));
}

function fits(asked: string, type: string): boolean {
  return asked === type || (asked.endsWith('.*') && type.startsWith(asked.slice(0, -1)));
}

/** A type as our own words have it. */
export function unprefixed(type: string): string {
  return type.startsWith(typePrefix) ? type.slice(typePrefix.length) : type;
}
