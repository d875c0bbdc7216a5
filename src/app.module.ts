import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from './config.js';
import { ClientsController } from './http/clients.controller.js';
import { HealthController } from './http/health.controller.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import type { RunningSandbox } from './sandbox.js';
import { Log } from './lib/log.js';
import type { RequestLog } from './http/request-log.js';
import { ClientStore } from './security/client.store.js';
import { Clients } from './security/clients.js';
import { KnownCallers } from './security/known-callers.js';
import { PostgresClientStore } from './storage/client.store.js';

/** The log port, and the line of each request, which only shows at debug. */
export type GatewayLog = Log & RequestLog;

/** What stands before the parts are put together; opened and closed by `gateway.ts`. */
export interface Ground {
  readonly config: Config;
  /** Open, but in the OpenAPI command, where nothing is asked of it. */
  readonly database: DataSource;
  readonly log: GatewayLog;
  readonly url: PublicUrl;
  readonly readiness: Readiness;
  /** Loopback ports of our own simulated portals, which may always be called. */
  readonly ownPorts: readonly number[];
}

/** The parts in the order of the way; the only place that chooses implementations. */
@Module({})
export class AppModule {
  static on(ground: Ground): DynamicModule {
    return {
      module: AppModule,
      controllers: [ClientsController, HealthController],
      providers: [
        { provide: Config, useValue: ground.config },
        { provide: DataSource, useValue: ground.database },
        { provide: Log, useValue: ground.log },
        { provide: PublicUrl, useValue: ground.url },
        { provide: Readiness, useValue: ground.readiness },
        // security
        provide(ClientStore, [DataSource], (database: DataSource) => new PostgresClientStore(database)),
        provide(KnownCallers, [ClientStore], (store: ClientStore) => new KnownCallers(store)),
        provide(
          Clients,
          [ClientStore, KnownCallers],
          (store: ClientStore, callers: KnownCallers) => new Clients(store, callers),
        ),
      ],
    };
  }
}

/** Registers the connections of the simulated portals that run. */
export async function registerSandboxes(
  app: INestApplicationContext,
  running: readonly RunningSandbox[],
): Promise<void> {
  void app;
  void running;
}

type Token = symbol | (abstract new (...needs: never[]) => unknown);

/** One part: its token, what it needs, how it is made of that. */
function provide<Needs extends unknown[]>(token: Token, inject: Token[], useFactory: (...needs: Needs) => unknown) {
  return { provide: token, inject, useFactory };
}
