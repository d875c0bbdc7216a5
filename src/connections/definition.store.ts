import type { Definition } from '../platforms/definition.js';

/** A definition as it was read, and how long ago. */
export interface CachedDefinition {
  readonly definition: Definition;
  /** By the database's clock. */
  readonly ageMs: number;
}

/** The definitions that replicas have read, shared among them. */
export interface DefinitionStore {
  find(connectionKey: string, definition: string): Promise<CachedDefinition | null>;
  remember(connectionKey: string, definitions: readonly Definition[]): Promise<void>;
  /** The portal does not have it any more. */
  forget(connectionKey: string, definition: string): Promise<void>;
}
export const DefinitionStore = Symbol('DefinitionStore');
