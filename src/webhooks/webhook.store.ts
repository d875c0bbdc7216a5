import type { Process } from '../processes/process.js';
import type { Visibility } from '../processes/process.reader.js';
import type { FeedPosition } from './feed.js';
import type { TryVerdict } from './next-try.js';
import type { Delivery, DeliveryTry, KeptNews, Webhook, WebhookOwner, WebhookTerms } from './webhook.js';

/** A webhook that is to be. */
export interface NewWebhook extends WebhookTerms, WebhookOwner {
  readonly id: string;
  readonly secretSealed: Buffer;
}

/** Whose webhooks are asked for; `null`: everybody's. */
export type OwnedBy = string | null;

/** A secret that takes the place of another one. */
export interface ReplacedSecret {
  readonly sealed: Buffer;
  /** The one before, as it was sealed, and sealed for its new place. */
  readonly before: Buffer;
  readonly beforeSealed: Buffer;
}

/** Webhooks as people set them. */
export interface WebhookStore {
  /** It is told what happens from now on. */
  add(webhook: NewWebhook): Promise<Webhook>;
  /** `null`: there is none, or it is another's. */
  find(id: string, ownedBy: OwnedBy): Promise<Webhook | null>;
  /** Newest first, those with an id below `before`. */
  list(ownedBy: OwnedBy, before: string | null, limit: number): Promise<readonly Webhook[]>;
  /** `null`: it has another version by now. */
  change(id: string, version: number, terms: WebhookTerms): Promise<Webhook | null>;
  /** With its deliveries, and its incident ends. False: it has another version by now. */
  remove(id: string, version: number): Promise<boolean>;
  /** As it is sealed. */
  secretOf(id: string): Promise<Buffer | null>;
  /** The secret before signs beside the new one for a day. `null`: it was another one by then. */
  replaceSecret(id: string, secrets: ReplacedSecret): Promise<Webhook | null>;
  /** It goes on where it stopped; its incident ends. */
  enable(id: string): Promise<Webhook | null>;
  /** Everything from this moment on is told again. */
  replay(id: string, from: Date): Promise<Webhook | null>;
}
export const WebhookStore = Symbol('WebhookStore');

/** A webhook that this replica works for, for half a minute from each sign of life. */
export interface TakenWebhook extends Webhook {
  readonly token: string;
  readonly position: FeedPosition;
  readonly notBefore: Date;
  /** What its owner may see: as it was when it was made, and as it is now. */
  readonly visible: Visibility;
  /** False: the client that made it was removed, or has expired. */
  readonly ownerIsThere: boolean;
  /** False: so many deliveries wait that what follows waits in the feed. */
  readonly hasRoom: boolean;
}

/** A delivery that is due, with what it takes. */
export interface DueDelivery {
  readonly id: string;
  readonly version: number;
  readonly tried: number;
  readonly news: KeptNews;
  /** As it stands; `null`: it is of none, or gone. */
  readonly process: Process | null;
}

/** What is due to one webhook, and how it is sent. */
export interface DueRound {
  readonly url: string;
  /** The newest first. */
  readonly secretsSealed: readonly {
    readonly column: 'secret_sealed' | 'old_secret_sealed';
    readonly sealed: Buffer;
  }[];
  readonly due: readonly DueDelivery[];
  /** By the clock of the database. */
  readonly now: Date;
}

/** Deliveries, by one replica at a time for each webhook. */
export interface DeliveryStore {
  /** Takes one of the webhooks that have something to do and that nobody works for; those that waited longest first. */
  take(token: string): Promise<TakenWebhook | null>;
  release(webhook: Pick<TakenWebhook, 'id' | 'token'>): Promise<void>;
  /** Keeps what it is to be told, and up to where the feed was read. False: another works for it. */
  keep(
    webhook: TakenWebhook,
    news: readonly KeptNews[],
    readTo: { position: FeedPosition; seenTo: Date },
  ): Promise<boolean>;
  /** The first of each process that is due, and a longer lease; `null`: another works for it, or it is disabled. */
  due(webhook: Pick<TakenWebhook, 'id' | 'token'>, limit: number): Promise<DueRound | null>;
  /** How a webhook is sent a test. */
  forTest(webhookId: string): Promise<Omit<DueRound, 'due'> | null>;
  /** Keeps what came of a try. False: somebody else has kept one meanwhile. */
  record(delivery: Pick<DueDelivery, 'id' | 'version'>, tried: DeliveryTry, verdict: TryVerdict): Promise<boolean>;
  /** Keeps a test that is over. */
  recordTest(
    webhookId: string,
    news: KeptNews,
    over: { id: string; tried: DeliveryTry; isDelivered: boolean },
  ): Promise<Delivery>;
  /** Nothing more is sent to it until a person enables it; opens the incident. */
  disable(webhookId: string, because: string): Promise<void>;
  /** Newest first. */
  list(webhookId: string, before: string | null, limit: number): Promise<readonly Delivery[]>;
  /** Has it tried again from now on, by the schedule. `null`: there is none, or it is another's. */
  redeliver(id: string, ownedBy: OwnedBy): Promise<Delivery | null>;
  /** Lets go of what is over for long; gives how many. */
  forget(): Promise<number>;
}
export const DeliveryStore = Symbol('DeliveryStore');
