import { createHash } from 'node:crypto';
import type { Form } from '../lib/form.js';
import type { JsonObject } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import type { Callback, ReportCallback } from '../platforms/callback.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import type { CallbackSource, CallbackStore, ToldLater } from './callback.store.js';
import { isConnectionKey } from './connection-key.js';
import type { ConnectionStore, KeptConnection } from './connection.store.js';
import type { ElementSecrets } from './element-secrets.js';
import type { Vault } from './vault.js';

export interface TakeCallbackParts {
  readonly connections: Pick<ConnectionStore, 'find'>;
  readonly vault: Pick<Vault, 'open'>;
  readonly secrets: Pick<ElementSecrets, 'seal'>;
  readonly kinds: readonly PlatformKind[];
  readonly callbacks: Pick<CallbackStore, 'keep' | 'keepElement'>;
  /** Takes what a run says of itself; durable when it resolves. False: it was said before. */
  report(connectionKey: string, report: ReportCallback): Promise<boolean>;
  /** Told that there is something to look into. */
  taken(): void;
  /** Told what became of each. */
  count(receipt: CallbackReceipt): void;
  readonly log: Log;
}

/** `unproved`: the sender is not the portal of this connection, or there is no such connection. */
export type CallbackReceipt = 'taken' | 'repeated' | 'ignored' | 'unproved';

/** To whom a callback came. */
export interface Addressee {
  readonly platform: string;
  readonly connectionKey: string;
}

/** Takes what portals tell by themselves: whoever cannot prove to be the portal learns nothing and leaves nothing. */
export class TakeCallback {
  constructor(private readonly parts: TakeCallbackParts) {}

  /** What has come of it is durable when this resolves. */
  async take(to: Addressee, form: Form): Promise<CallbackReceipt> {
    const receipt = await this.#taken(to, form);
    this.parts.count(receipt);
    return receipt;
  }

  async #taken({ platform, connectionKey }: Addressee, form: Form): Promise<CallbackReceipt> {
    const kind = this.parts.kinds.find((one) => one.platform === platform);
    if (!kind?.callbacks) return 'unproved';
    const kept = isConnectionKey(connectionKey) ? await this.parts.connections.find(connectionKey) : null;
    const proof = kind.callbacks.proof(form, this.#authOf(kept, platform));
    if (!kept || proof !== 'proved') {
      this.#unproved(kept, proof);
      return 'unproved';
    }
    const told = kind.callbacks.read(form);
    if (told.length === 0) {
      this.parts.log.info('callback.ignored', { connection: connectionKey });
      return 'ignored';
    }
    const source = { connection: kept.connection.key, portal: kept.connection.portal };
    let isNew = false;
    for (const callback of told) isNew = (await this.#keep(callback, source)) || isNew;
    this.parts.log.info('callback.taken', { connection: source.connection, told: told.map(({ is }) => is), isNew });
    return isNew ? 'taken' : 'repeated';
  }

  #authOf(kept: KeptConnection | null, platform: string): JsonObject | null {
    if (kept?.connection.platform !== platform) return null;
    return this.parts.vault.open(kept.connection.key, kept.authSealed);
  }

  async #keep(callback: Callback, source: CallbackSource): Promise<boolean> {
    const { callbacks, secrets } = this.parts;
    if (callback.is === 'element') {
      const { is: _, secret, ...element } = callback;
      const secretSealed = secrets.seal(source.portal, element.nativeId, secret);
      return callbacks.keepElement({ ...source, ...element, secretSealed });
    }
    if (callback.is === 'report') return this.parts.report(source.connection, callback);
    const digest = createHash('sha256')
      .update(JSON.stringify([callback.is, callback.same]))
      .digest();
    const isNew = await callbacks.keep(laterOf(callback, source), digest);
    if (isNew) this.parts.taken();
    return isNew;
  }

  // Of connections that do not exist nothing is logged: their names come from strangers.
  #unproved(kept: KeptConnection | null, proof: string): void {
    if (!kept) return;
    const connection = kept.connection.key;
    if (proof === 'refused') {
      this.parts.log.warn('callback.refused', { connection });
      return;
    }
    const remedy =
      'This connection has nothing to prove callbacks with: put its credentials with memberId and applicationToken, as the portal gave them to the application when it was installed.';
    this.parts.log.warn('callback.unprovable', { connection, remedy });
  }
}

function laterOf(callback: Extract<Callback, { is: 'run' | 'access' }>, source: CallbackSource): ToldLater {
  if (callback.is === 'run') {
    const { definition, nativeId } = callback;
    return { ...source, kind: 'run', definition, nativeId };
  }
  const { change, message } = callback;
  return { ...source, kind: 'access', change, message };
}
