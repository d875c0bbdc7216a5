import type { Exchange } from '../lib/exchange.js';
import type { Log } from '../lib/log.js';
import type { JsonObject } from '../lib/json.js';
import type { PlatformKind, PlatformTools } from '../platforms/platform-kind.js';
import type { Platform } from '../platforms/platform.js';
import type { MethodUse } from '../platforms/run.js';
import type { Connection } from './connection.js';
import type { ConnectionStore, KeptConnection, SealedAuth } from './connection.store.js';
import type { FollowMoves } from './follow-moves.js';
import { LoneSignIn } from './lone-sign-in.js';
import { Renewal } from './renewal.js';
import type { ToldAtPortals } from './told-things.js';
import { rememberSecrets, type Vault } from './vault.js';

/** How long a portal may take to end a session that is no longer needed. */
const closeLimitMs = 5000;

/** An adapter and the credentials that it stands on. */
export interface OpenAdapter {
  readonly platform: Platform;
  /** The version of the stored credentials that it uses; renewals of its own count it on. */
  authVersion(): number;
  /** Never throws. */
  close(): Promise<void>;
}

/** Makes adapters: opens the credentials, and stores those that an adapter renews. */
export class PortalOpener {
  constructor(
    private readonly store: ConnectionStore,
    private readonly vault: Vault,
    private readonly exchange: Exchange,
    private readonly spent: (connection: Connection, use: MethodUse) => void,
    private readonly moves: FollowMoves | null = null,
    private readonly told: ToldAtPortals | null = null,
    private readonly log: Log | null = null,
  ) {}

  /**
   * Makes the adapter of a connection. Dials nothing.
   *
   * @param overtaken  told when somebody else stored other credentials, or the portal has another address, so that this
   *   adapter must not be used any more
   * @throws SealBroken  the credentials cannot be opened
   */
  open(kept: KeptConnection, kind: PlatformKind, overtaken: () => void): OpenAdapter {
    const { key, baseUrl, settings } = kept.connection;
    const seal = (auth: JsonObject): SealedAuth => this.vault.seal(key, kind, auth);
    const renewal = new Renewal({ store: this.store, connectionKey: key, seal, overtaken }, kept.authVersion);
    const renewAuth: PlatformTools['renewAuth'] = (renew) => renewal.renew(renew);
    const auth = this.vault.open(key, kept.authSealed);
    rememberSecrets(kind, auth);
    const spent = (use: MethodUse): void => this.spent(kept.connection, use);
    const moved = this.#movedOf(kept.connection, kind, overtaken);
    const strange = (what: string): void => this.log?.warn('portal.strange-answer', { connection: key, what });
    const optional = { ...(moved ? { moved } : {}), ...this.#toldAt(kept.connection) };
    const lone = new LoneSignIn({
      store: this.store,
      connectionKey: key,
      authVersion: () => renewal.authVersion,
      overtaken,
      marked: (condition) => this.log?.info('connection.marked', { connection: key, ...condition }),
    });
    const signInAlone: PlatformTools['signInAlone'] = (signIn, call) => lone.run(signIn, call);
    const tools = { exchange: this.exchange, renewAuth, signInAlone, spent, strange, ...optional };
    const platform = kind.open({ key, baseUrl, auth, settings }, tools);
    return {
      platform,
      authVersion: () => renewal.authVersion,
      close: async () => platform.close?.({ signal: AbortSignal.timeout(closeLimitMs) }),
    };
  }

  #toldAt({ portal }: Connection): Pick<PlatformTools, 'told'> {
    return this.told ? { told: this.told.at(portal) } : {};
  }

  #movedOf(connection: Connection, kind: PlatformKind, overtaken: () => void): PlatformTools['moved'] | null {
    const { moves } = this;
    if (!moves) return null;
    return async (baseUrl) => {
      const followed = await moves.follow(connection, kind, baseUrl);
      if (followed === 'followed') overtaken();
      return followed;
    };
  }
}
