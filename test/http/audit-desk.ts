import { z } from 'zod';
import { until } from '../until.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { ContractCaller, type Answered, type CallOptions } from './contract-caller.js';

const Line = z.object({
  id: z.string(),
  at: z.string(),
  client: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  result: z.string(),
  address: z.string().nullable(),
  traceId: z.string().nullable(),
});
/** One line of the audit as a caller has it. */
export type Line = z.infer<typeof Line>;

const Page = z.object({ items: z.array(Line), nextCursor: z.string().nullable() });

export const adminKey = 'the-key-of-the-administrator';

/** A gateway with both sandboxes and keys, and its audit. */
export class AuditDesk {
  private constructor(
    readonly gateway: TestGateway,
    readonly api: ContractCaller,
  ) {}

  static async open(env: Readonly<Record<string, string>> = {}): Promise<AuditDesk> {
    const gateway = await startGateway({ SANDBOX: 'on', AUTH: 'on', BOOTSTRAP_API_KEY: adminKey, ...env });
    return new AuditDesk(gateway, await ContractCaller.of(gateway.url, adminKey));
  }

  close(): Promise<void> {
    return this.gateway.close();
  }

  ask(method: string, route: string, parameter = '', options: CallOptions = {}): Promise<Answered> {
    return this.api.ask(method, route, parameter, options);
  }

  /** A page of the audit, newest first. @param query  e.g. `action=client.create` */
  async page(query: string, key = adminKey): Promise<z.infer<typeof Page>> {
    const { body } = await this.ask('GET', `/audit${query === '' ? '' : `?${query}`}`, '', { key });
    return Page.parse(body);
  }

  async lines(query = '', key = adminKey): Promise<readonly Line[]> {
    return (await this.page(query, key)).items;
  }

  /** The lines of a query, once there are any. */
  seen(query: string): Promise<readonly Line[]> {
    return until(async () => {
      const lines = await this.lines(query);
      return lines.length > 0 ? lines : null;
    }, `lines of ${query}`);
  }

  /** A client with one key. */
  async client(settings: object): Promise<{ readonly id: string; readonly key: string }> {
    const { body } = await this.ask('POST', '/clients', '', { body: settings });
    return z.object({ id: z.string(), key: z.string() }).parse(body);
  }
}
