import type { Definition } from '../platforms/definition.js';
import type { PlatformError } from '../platforms/platform.errors.js';

/** What the cache and the portal together know of one definition. */
export type DefinitionLookup =
  | { readonly found: 'known'; readonly definition: Definition }
  /** The portal has no such definition. */
  | { readonly found: 'missing' }
  /** Neither cached nor to be had: the portal cannot be asked now. */
  | { readonly found: 'unknown'; readonly because: string; readonly error: PlatformError };

/** The definitions of a connection, read through a cache. */
export interface Definitions {
  /** What to check a start against. Reads the portal at most once, and only where the cache does not have it. */
  lookUp(connectionKey: string, definition: string): Promise<DefinitionLookup>;
  /**
   * Everything startable there, as the portal has it now; `null`: there is no such connection, or it gives no list.
   *
   * @throws PlatformError  the portal cannot be asked
   */
  list(connectionKey: string): Promise<readonly Definition[] | null>;
}
export const Definitions = Symbol('Definitions');
