import type { JsonObject } from '../lib/json.js';
import type { Process } from '../processes/process.js';
import type { FeedItem } from './feed.js';

/** An event as it leaves the house: CloudEvents 1.0 in JSON. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  /** e.g. `/connections/sales-portal/processes/0199…` */
  readonly source: string;
  /** e.g. `bpmgw.v1.process.started` */
  readonly type: string;
  /** The id of its process; absent on what is of none. */
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Ten digits, from 1 in each process without gaps; absent on what is of none. */
  readonly sequence?: string;
  readonly data: JsonObject;
}

/** Before every type. */
export const typePrefix = 'bpmgw.v1.';

/** What a process shows of itself. */
export type ShowProcess = (
  process: Process,
  parts: { readonly variables: boolean; readonly result: boolean },
) => JsonObject;

/** Above this, what may be large is left out. */
const mostBytes = 20 * 1024;

/** The event of an item; larger than 20 KiB, it goes without variables and result. */
export function cloudEvent(item: FeedItem, show: ShowProcess): CloudEvent {
  const { about } = item;
  if (about.is !== 'process') return whole(item, about);
  const event = whole(item, { ...about, shown: show(about.process, { variables: true, result: true }) });
  if (Buffer.byteLength(JSON.stringify(event)) <= mostBytes) return event;
  const brief = whole(item, { ...about, shown: show(about.process, { variables: false, result: false }) });
  return { ...brief, data: { ...brief.data, truncated: true } };
}

type Shown =
  | Exclude<FeedItem['about'], { is: 'process' }>
  | (Extract<FeedItem['about'], { is: 'process' }> & { readonly shown: JsonObject });

function whole(item: FeedItem, about: Shown): CloudEvent {
  return {
    specversion: '1.0',
    id: item.id,
    source: sourceOf(about),
    type: `${typePrefix}${item.type}`,
    ...(about.is === 'process' ? { subject: about.process.id } : {}),
    time: item.time.toISOString(),
    datacontenttype: 'application/json',
    ...(about.is === 'process' ? { sequence: String(about.sequence).padStart(10, '0') } : {}),
    data: { ...subjectIn(about), changed: item.data },
  };
}

function sourceOf(about: Shown): string {
  switch (about.is) {
    case 'process':
      return `/connections/${about.process.connection}/processes/${about.process.id}`;
    case 'connection':
      return `/connections/${about.connection}`;
    case 'webhook':
      return `/webhooks/${about.webhookId}`;
  }
}

function subjectIn(about: Shown): JsonObject {
  switch (about.is) {
    case 'process':
      return { process: about.shown };
    case 'connection':
      return { connection: about.connection };
    case 'webhook':
      return { webhookId: about.webhookId };
  }
}
