import { randomUUID } from 'node:crypto';
import type { Resolve } from '../lib/egress-address.js';
import type { Exchange } from '../lib/exchange.js';
import type { EgressRules } from '../lib/egress-rules.js';
import type { JsonObject } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import type { Consent, ConnectionSettings, PlatformKind } from '../platforms/platform-kind.js';
import { Busy, InDoubt, PlatformError, Refused } from '../platforms/platform.errors.js';
import { refuseInward, urlsOfAuth } from './addresses.js';
import { isConnectionKey } from './connection-key.js';
import { ConnectionNotFound, EgressDenied } from './connection.errors.js';
import type { ConnectionStore, KeptConnection } from './connection.store.js';
import {
  ConsentNotNeeded,
  ConsentUnanswered,
  ConsentUnasked,
  ConsentUnfit,
  type ConsentError,
} from './consent.errors.js';
import type { ConsentStates } from './consent-state.js';
import type { AskedConsent, ConsentAnswered, ConsentStore } from './consent.store.js';
import type { Portals } from './portals.js';
import type { Vault } from './vault.js';

/** How long a person may take to consent. */
const forSeconds = 600;
const redeemLimitMs = 20_000;

export interface ConsentsParts {
  readonly connections: Pick<ConnectionStore, 'find'>;
  readonly store: ConsentStore;
  readonly states: ConsentStates;
  readonly vault: Vault;
  readonly portals: Pick<Portals, 'changed'>;
  readonly kinds: readonly PlatformKind[];
  readonly exchange: Exchange;
  readonly egress: EgressRules;
  readonly log: Log;
  /** Absent: the system's resolver. */
  readonly resolve?: Resolve;
}

interface Opened {
  readonly kind: PlatformKind;
  readonly consent: Consent;
  readonly settings: ConnectionSettings;
}

/** Has people consent at portals, and stores what comes of it. */
export class Consents {
  constructor(private readonly parts: ConsentsParts) {}

  /**
   * Asks for a consent.
   *
   * @returns the address at the portal that the person is to open
   * @throws ConnectionNotFound
   * @throws ConsentNotNeeded
   */
  async ask(key: string): Promise<string> {
    const kept = isConnectionKey(key) ? await this.parts.connections.find(key) : null;
    if (!kept) throw new ConnectionNotFound(key);
    const id = randomUUID();
    const opened = this.#open(kept);
    const url = opened?.consent.urlFor(opened.settings, this.parts.states.seal(id)) ?? null;
    if (url === null) throw new ConsentNotNeeded(key);
    await this.parts.store.ask({ id, connectionKey: key, version: kept.connection.version }, forSeconds);
    return url;
  }

  /**
   * Takes what a browser brought back from a portal, and stores the credentials that it is good for.
   *
   * @returns the key of the connection, which works from now on
   * @throws ConsentError  nothing was stored
   */
  async answer(parameters: ReadonlyMap<string, string>, answered: ConsentAnswered): Promise<string> {
    const id = this.parts.states.open(parameters.get('state') ?? '');
    if (id === null) throw new ConsentUnfit('This answer belongs to no consent that was asked for here.');
    const asked = await this.parts.store.take(id);
    const kept = asked && (await this.parts.connections.find(asked.connectionKey));
    const opened = kept && this.#open(kept);
    if (!asked || !opened) {
      throw new ConsentUnfit('This answer was used before, came too late, or the connection was changed since.');
    }
    const auth = await this.#redeemed(opened, parameters);
    const sealed = this.parts.vault.seal(asked.connectionKey, opened.kind, await this.#guarded(opened, auth));
    await this.#keep(asked, sealed, answered);
    return asked.connectionKey;
  }

  async #keep(asked: AskedConsent, sealed: ReturnType<Vault['seal']>, answered: ConsentAnswered): Promise<void> {
    const { connectionKey } = asked;
    if (!(await this.parts.store.keep(asked, sealed, answered))) {
      throw new ConsentUnfit('The connection was changed in the meantime.');
    }
    this.parts.portals.changed(connectionKey);
    this.parts.log.info('connection.authorized', { connection: connectionKey });
  }

  #open({ connection, authSealed }: KeptConnection): Opened | null {
    const { key, baseUrl, settings, platform } = connection;
    const kind = this.parts.kinds.find((one) => one.platform === platform);
    if (!kind?.consent) return null;
    const auth = this.parts.vault.open(key, authSealed);
    return { kind, consent: kind.consent, settings: { key, baseUrl, settings, auth } };
  }

  async #redeemed({ consent, settings }: Opened, parameters: ReadonlyMap<string, string>): Promise<JsonObject> {
    const call = { signal: AbortSignal.timeout(redeemLimitMs), mayWrite: () => true };
    try {
      return await consent.redeem({ connection: settings, parameters }, this.parts.exchange, call);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const { key: connection } = settings;
      this.parts.log.warn('connection.unauthorized', { connection, message: error.message, said: error.native });
      throw errorOf(error);
    }
  }

  /** An address that the server told and that must not be called gives way to the one of before. */
  async #guarded({ settings }: Opened, auth: JsonObject): Promise<JsonObject> {
    const guarded = { ...auth };
    for (const { pointer, url } of urlsOfAuth(auth, '')) {
      const name = pointer.slice(1);
      const before = settings.auth[name];
      if (before === url) continue;
      try {
        await refuseInward([{ pointer, url }], this.parts.egress, this.parts.resolve);
      } catch (error) {
        if (!(error instanceof EgressDenied)) throw error;
        this.parts.log.warn('connection.address-refused', { connection: settings.key, field: name });
        if (before === undefined) delete guarded[name];
        else guarded[name] = before;
      }
    }
    return guarded;
  }
}

function errorOf(error: PlatformError): ConsentError {
  const { native } = error;
  if (error instanceof InDoubt) return new ConsentUnanswered(native, { cause: error });
  const isNo = error instanceof Refused || (error instanceof Busy && error.because === 'credentials');
  return isNo
    ? new ConsentUnfit(error.message, native, { cause: error })
    : new ConsentUnasked(native, { cause: error });
}
