import { inwardAddressOf, type Resolve } from '../lib/egress-address.js';
import { dialling, egressFault, portOf, type EgressRules } from '../lib/egress-rules.js';
import { uuidv7 } from '../lib/uuid.js';
import type { SendNews } from './send-news.js';
import type { WebhookSecrets } from './webhook-secrets.js';
import { ReceiverDenied, WebhookChanged, WebhookNotFound } from './webhook.errors.js';
import type { Delivery, Webhook, WebhookOwner, WebhookTerms } from './webhook.js';
import type { DeliveryStore, OwnedBy, WebhookStore } from './webhook.store.js';

export interface WebhooksParts {
  readonly store: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly secrets: WebhookSecrets;
  readonly sender: SendNews;
  readonly egress: EgressRules;
  /** Absent: the system's resolver. */
  readonly resolve?: Resolve;
}

/** A webhook whose secret is to be shown now, and is nowhere afterwards. */
export interface ShownSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** The commands on webhooks. */
export class Webhooks {
  constructor(private readonly parts: WebhooksParts) {}

  list(ownedBy: OwnedBy, before: string | null, limit: number): Promise<readonly Webhook[]> {
    return this.parts.store.list(ownedBy, before, limit);
  }

  /** @throws WebhookNotFound */
  async find(id: string, ownedBy: OwnedBy): Promise<Webhook> {
    return found(await this.parts.store.find(id, ownedBy), id);
  }

  /** @throws ReceiverDenied */
  async add(terms: WebhookTerms, owner: WebhookOwner): Promise<ShownSecret> {
    await this.#refuseInward(terms.url);
    const id = uuidv7();
    const { secret, sealed } = this.parts.secrets.made(id);
    const webhook = await this.parts.store.add({ ...terms, ...owner, id, secretSealed: sealed });
    return { webhook, secret };
  }

  /**
   * @param before  as its editor has seen it
   * @throws ReceiverDenied, WebhookChanged
   */
  async change(before: Webhook, terms: WebhookTerms): Promise<Webhook> {
    if (terms.url !== before.url) await this.#refuseInward(terms.url);
    const changed = await this.parts.store.change(before.id, before.version, terms);
    if (!changed) throw new WebhookChanged(before.id);
    return changed;
  }

  /** @throws WebhookChanged */
  async remove({ id, version }: Webhook): Promise<void> {
    if (!(await this.parts.store.remove(id, version))) throw new WebhookChanged(id);
  }

  /** @throws WebhookNotFound, WebhookChanged: somebody else replaced it at this moment */
  async rotate({ id }: Webhook): Promise<ShownSecret> {
    const { store, secrets } = this.parts;
    const before = found(await store.secretOf(id), id);
    const { secret, sealed } = secrets.made(id);
    const webhook = await store.replaceSecret(id, { sealed, before, beforeSealed: secrets.sealedAsOld(id, before) });
    if (!webhook) throw new WebhookChanged(id);
    return { webhook, secret };
  }

  /** @throws WebhookNotFound */
  async enable({ id }: Webhook): Promise<Webhook> {
    return found(await this.parts.store.enable(id), id);
  }

  /** @throws WebhookNotFound */
  async replay({ id }: Webhook, from: Date): Promise<Webhook> {
    return found(await this.parts.store.replay(id, from), id);
  }

  /** Sends an event of no process at once, a single time. @throws WebhookNotFound */
  async test({ id }: Webhook): Promise<Delivery> {
    const { deliveries, sender } = this.parts;
    const sending = found(await deliveries.forTest(id), id);
    const nowReadAtMs = performance.now();
    const news = {
      id: uuidv7(),
      type: 'webhook.test',
      time: sending.now.toISOString(),
      data: { webhookId: id },
      connection: null,
      processId: null,
      sequence: 0,
    };
    const { tried } = await sender.send(news, null, { ...sending, webhookId: id, nowReadAtMs });
    return deliveries.recordTest(id, news, { id: uuidv7(), tried, isDelivered: tried.error === null });
  }

  deliveries({ id }: Webhook, before: string | null, limit: number): Promise<readonly Delivery[]> {
    return this.parts.deliveries.list(id, before, limit);
  }

  /** @throws WebhookNotFound */
  async redeliver(id: string, ownedBy: OwnedBy): Promise<Delivery> {
    const delivery = await this.parts.deliveries.redeliver(id, ownedBy);
    if (!delivery) throw new WebhookNotFound('delivery', id);
    return delivery;
  }

  /** Early news for whoever wrote the address; it is judged again at every dial. */
  async #refuseInward(url: string): Promise<void> {
    const { egress, resolve } = this.parts;
    const fault = egressFault(url, egress);
    if (fault !== null) throw new ReceiverDenied(fault);
    const called = new URL(url);
    const mayDial = dialling(egress)(called.hostname.replace(/^\[|\]$/g, ''));
    const inward = await inwardAddressOf(called.hostname, (address) => mayDial(address, portOf(called)), resolve);
    if (inward !== null) throw new ReceiverDenied(`It leads to ${inward}, which is not a public address.`);
  }
}

function found<T>(thing: T | null, id: string): T {
  if (thing === null) throw new WebhookNotFound('webhook', id);
  return thing;
}
