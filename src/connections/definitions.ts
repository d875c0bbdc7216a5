import type { Definition } from '../platforms/definition.js';

/** What the cache and the portal together know of one definition. */
export type DefinitionLookup =
  | { readonly found: 'known'; readonly definition: Definition }
  /** The portal has no such definition. */
  | { readonly found: 'missing' }
  /** Neither cached nor to be had: the portal cannot be asked now, or gives no list. */
  | { readonly found: 'unknown'; readonly because: string };

/** The definitions of a connection, read through a cache. */
export interface Definitions {
  /** What to check a start against. Reads the portal at most once, and only where the cache does not have it. */
  lookUp(connectionKey: string, definition: string): Promise<DefinitionLookup>;
}
export const Definitions = Symbol('Definitions');
