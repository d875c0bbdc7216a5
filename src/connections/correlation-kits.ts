import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { InDoubt, PlatformError } from '../platforms/platform.errors.js';
import type { Call, CorrelationKit } from '../platforms/platform.js';
import type { KitPart } from '../platforms/run.js';
import { askSignedIn } from './ask-signed-in.js';
import { ConnectionNotFound } from './connection.errors.js';
import { KitNotSupported, KitUncertain } from './kit.errors.js';
import type { Portal, Portals } from './portals.js';

/** How long one request to the portal may take. */
const requestLimitMs = 20_000;

/** What is registered at portals so that they and their runs tell by themselves; every command may be repeated. */
export class CorrelationKits {
  /** @param addressOf  where a portal of this platform reports to, for one connection */
  constructor(
    private readonly portals: Portals,
    private readonly addressOf: (platform: string, connection: string) => string,
  ) {}

  /** @throws ConnectionNotFound, KitNotSupported, LiveReadError */
  async parts(connection: string): Promise<readonly KitPart[]> {
    const portal = await this.#portalOf(connection);
    return this.#asked(portal, (kit, call) => kit.parts(this.#addressIn(portal), call));
  }

  /** Installs what is missing, and brings the rest up to date. @throws as `parts`, KitUncertain */
  async install(connection: string): Promise<readonly KitPart[]> {
    const portal = await this.#portalOf(connection);
    for (const part of await this.parts(connection)) {
      await this.#commanded(portal, (kit, call) => kit.install(part, this.#addressIn(portal), call));
    }
    return this.parts(connection);
  }

  /** @throws as `install` */
  async remove(connection: string): Promise<void> {
    const portal = await this.#portalOf(connection);
    for (const part of await this.parts(connection)) {
      await this.#commanded(portal, (kit, call) => kit.remove(part, this.#addressIn(portal), call));
    }
  }

  #addressIn({ kind, connection }: Portal): string {
    return this.addressOf(kind.platform, connection.key);
  }

  async #portalOf(connection: string): Promise<Portal> {
    const portal = await this.portals.of(connection);
    if (!portal) throw new ConnectionNotFound(connection);
    if (!portal.platform.kit) throw new KitNotSupported(connection);
    return portal;
  }

  async #commanded(portal: Portal, command: (kit: CorrelationKit, call: Call) => Promise<void>): Promise<void> {
    await this.#asked(portal, command, (doubt) => new KitUncertain(portal.connection.key, doubt));
  }

  async #asked<T>(
    portal: Portal,
    ask: (kit: CorrelationKit, call: Call) => Promise<T>,
    inDoubt: (error: InDoubt) => Error = liveReadErrorOf,
  ): Promise<T> {
    const call = { signal: AbortSignal.timeout(requestLimitMs) };
    try {
      return await askSignedIn(
        this.portals,
        portal,
        async ({ kit }, given) => {
          if (!kit) throw new KitNotSupported(portal.connection.key);
          return ask(kit, given);
        },
        call,
      );
    } catch (error) {
      if (error instanceof InDoubt) throw inDoubt(error);
      throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
    }
  }
}
