import type { PlatformKind } from '../platforms/platform-kind.js';
import type { PlatformError } from '../platforms/platform.errors.js';
import type { Platform } from '../platforms/platform.js';
import type { Connection } from './connection.js';

/** A connection with its adapter, ready to be used. */
export interface Portal {
  readonly connection: Connection;
  readonly kind: PlatformKind;
  readonly platform: Platform;
}

/** The open portals of this replica: adapters are made on first use and anew when a connection changes. */
export interface Portals {
  /** `null`: there is no such connection. */
  of(connectionKey: string): Promise<Portal | null>;
  /** Every portal that may be sent to or asked. */
  all(): Promise<readonly Portal[]>;
  /**
   * Records what the machine found out about a connection; nothing happens where it is so already.
   *
   * @param asked  the adapter that was told so: of one that another has taken the place of, with other credentials or
   *               another address, it says nothing any more
   */
  mark(
    connectionKey: string,
    state: 'active' | 'degraded' | 'reauthorization_required',
    reason: string | null,
    asked?: Platform,
  ): Promise<void>;
  /** Tells what a read or a sign-in that failed has shown, to whoever keeps an eye on limits. */
  failed(connectionKey: string, error: PlatformError): void;
  /** Has a connection read anew at its next use, since this replica has just changed it. */
  changed(connectionKey: string): void;
}
export const Portals = Symbol('Portals');
