import type { PlatformError } from '../platforms/platform.errors.js';
import type { Connection } from './connection.js';

/** Who keeps an eye on portals: on the limits that are set, and on what reads and sign-ins show. */
export interface PortalWatch {
  /** A connection as it is now. */
  known(connection: Connection): void;
  gone(connectionKey: string): void;
  /** A read or a sign-in has failed. */
  failed(connection: Connection, error: PlatformError): void;
}
