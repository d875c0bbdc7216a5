import { isJsonObject, type JsonObject } from '../../src/lib/json.js';
import { openPortal, platforms, type PlatformName, type WalkPortal } from './portals.js';
import type { WalkReplica } from './replica.js';
import type { World } from './world.js';

/** What a person does who has looked into the platform and found no run. */
export type WhereNothingRan = 'confirm_not_started' | 'resend';

/** What a walk is set on, beside its commands. */
export interface WalkSettings {
  readonly runIds: 'off' | 'match' | 'probe';
  /** Whether the simulated Bitrix24 keeps the run ids that it is offered. */
  readonly keepsRunIds: boolean;
  readonly maxInFlight: 1 | 10;
  readonly batch: 'auto' | 'off';
  /** What a person does at the end about a start of which no run is found. */
  readonly otherwise: WhereNothingRan;
}

/** An answer of the gateway; `null`: the caller got none. */
export type Answer = { readonly status: number; readonly body: JsonObject; readonly etag: string | null } | null;

/** One request of a caller. */
export interface CallerRequest {
  readonly path: string;
  readonly key?: string;
  readonly body?: JsonObject;
  readonly prefer?: string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly ifMatch?: string;
  /** How long the caller holds out before it goes away. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 2000;

/** The real side of a walk: two portals of its own, and connections to them in a world with two replicas. */
export class Walk {
  private constructor(
    readonly world: World,
    readonly settings: WalkSettings,
    readonly portals: Readonly<Record<PlatformName, WalkPortal>>,
    private readonly name: string,
  ) {}

  static async begin(world: World, settings: WalkSettings, name: string): Promise<Walk> {
    await world.clear();
    const [bitrix24, creatio] = await Promise.all(platforms.map(openPortal));
    if (!bitrix24 || !creatio) throw new Error('There are two platforms');
    const walk = new Walk(world, settings, { bitrix24, creatio }, name);
    await bitrix24.turn('run-ids', { keeps: settings.keepsRunIds });
    for (const portal of [bitrix24, creatio]) await walk.#register(portal);
    if (settings.runIds !== 'off' && settings.keepsRunIds) await walk.#knowRunIds();
    return walk;
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.portals).map((portal) => portal.close()));
  }

  replica(at: number): WalkReplica {
    return this.world.replicas[at % 2 === 0 ? 0 : 1];
  }

  /** @param at  which replica is asked */
  async call(
    { path, key, body, prefer, ifMatch, method = 'POST', patienceMs = usualPatienceMs }: CallerRequest,
    at: number,
  ): Promise<Answer> {
    try {
      const answer = await fetch(`${this.replica(at).url}/v1/${path}`, {
        method,
        headers: {
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(prefer === undefined ? {} : { prefer }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        body: body ? JSON.stringify(body) : null,
        signal: AbortSignal.timeout(patienceMs),
      });
      const etag = answer.headers.get('etag');
      return { status: answer.status, body: (await answer.json()) as JsonObject, etag };
    } catch {
      return null;
    }
  }

  /**
   * What a person does whose portal has refused to sign the gateway in: gives the credentials anew. A simulated session that
   * is void at the first try is so again where the second comes late.
   */
  async authorizeAnew(): Promise<void> {
    for (const { platform, sandbox } of Object.values(this.portals)) {
      const key = this.connection(platform);
      const { rows } = await this.world.sql.query(
        "select from connections where key = $1 and state = 'reauthorization_required'",
        [key],
      );
      const auth = sandbox.connections[0]?.fields['auth'];
      if (rows.length === 0 || !isJsonObject(auth)) continue;
      await this.call({ method: 'PUT', path: `connections/${key}/credentials`, body: auth }, 0);
    }
  }

  /** The name of its connection to a platform. */
  connection(platform: PlatformName): string {
    return `${platform}-${this.name}`;
  }

  async #register({ platform, sandbox }: WalkPortal): Promise<void> {
    const { runIds, maxInFlight, batch } = this.settings;
    const answer = await this.call(
      {
        path: 'connections',
        patienceMs: 30_000,
        body: {
          key: this.connection(platform),
          platform,
          baseUrl: sandbox.url,
          ...sandbox.connections[0]?.fields,
          ...(platform === 'bitrix24' ? { runIds } : { executionLimitSeconds: 1 }),
          limits: { requestsPerSecond: 1000, burst: 10_000, maxInFlight, startTimeoutSeconds: 1, batch },
        },
      },
      0,
    );
    if (answer?.status !== 201) throw new Error(`No connection: ${JSON.stringify(answer)}`);
  }

  /** As after three starts that were answered with the ids that they had. */
  async #knowRunIds(): Promise<void> {
    await this.world.sql.query(
      `insert into run_ids (connection, kept_at, seen) select $1, array_fill(clock_timestamp(), array[3]), 3
       on conflict (connection) do nothing`,
      [this.connection('bitrix24')],
    );
  }
}
