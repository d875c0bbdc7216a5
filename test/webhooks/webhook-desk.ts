import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ContractCaller, type Answered, type CallOptions } from '../http/contract-caller.js';
import { exampleOf } from '../http/example-of.js';
import { until } from '../until.js';

const WithId = z.object({ id: z.string() });
const WithKey = z.object({ id: z.string(), key: z.string() });
const Made = z.object({ id: z.string(), secret: z.string(), state: z.string() });
export type Made = z.infer<typeof Made>;
const Delivery = z.object({
  id: z.string(),
  eventId: z.string(),
  type: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.array(z.object({ at: z.string(), status: z.number().nullable(), error: z.string().nullable() })),
  nextTryAt: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

const adminKey = 'key-of-the-administrator';
export const env = {
  AUTH: 'on',
  BOOTSTRAP_API_KEY: adminKey,
  EGRESS_ALLOW: '127.0.0.0/8',
  EGRESS_HTTP: 'on',
  STATUS_POLL_SECONDS: '600',
  WEBHOOK_SCHEDULE: '0,1,1',
};

/** Calls a gateway about webhooks; every answer is held against the contract. */
export class WebhookDesk {
  private constructor(private readonly api: ContractCaller) {}

  static async of(url: string): Promise<WebhookDesk> {
    return new WebhookDesk(await ContractCaller.of(url, adminKey));
  }

  ask(method: string, route: string, id = '', options: CallOptions = {}): Promise<Answered> {
    return this.api.ask(method, route, id, options);
  }

  async webhook(url: string, more: object = {}, options: CallOptions = {}): Promise<Made> {
    const { body } = await this.ask('POST', '/webhooks', '', { ...options, body: { url, ...more } });
    return Made.parse(body);
  }

  async state(id: string): Promise<string> {
    return z.object({ state: z.string() }).parse((await this.ask('GET', '/webhooks/{id}', id)).body).state;
  }

  async deliveries(id: string): Promise<readonly Delivery[]> {
    const { body } = await this.ask('GET', '/webhooks/{id}/deliveries?limit=200', id);
    return z.object({ items: z.array(Delivery) }).parse(body).items;
  }

  /** The deliveries of a webhook once they are as they should be. */
  async deliveriesWhere(id: string, holds: (all: readonly Delivery[]) => boolean): Promise<readonly Delivery[]> {
    return until(
      async () => {
        const all = await this.deliveries(id);
        return holds(all) ? all : null;
      },
      `the deliveries of ${id}`,
      40_000,
    );
  }

  async start(fields: object = {}, options: CallOptions = {}): Promise<string> {
    const body = { ...exampleOf('1'), ...fields };
    const headers = { 'idempotency-key': randomUUID() };
    const started = await this.ask('POST', '/processes', '', { ...options, body, headers });
    if (started.status >= 300) throw new Error(JSON.stringify(started.body));
    return WithId.parse(started.body).id;
  }

  async client(settings: object): Promise<{ id: string; key: string }> {
    const body = { name: randomUUID(), scopes: ['webhooks:manage', 'processes:start'], ...settings };
    return WithKey.parse((await this.ask('POST', '/clients', '', { body })).body);
  }
}
