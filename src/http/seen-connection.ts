import { ConnectionNotFound, DefinitionNotFound } from '../connections/connection.errors.js';
import type { Caller } from '../security/caller.js';

/** The key of a connection that this caller may see. @throws ConnectionNotFound  it may not; whether it exists is not told */
export function seenConnection(caller: Caller, key: string): string {
  if (caller.connections === null || caller.connections.includes(key)) return key;
  throw new ConnectionNotFound(key);
}

/** Whether this caller may see a definition. */
export function seesDefinition({ definitions }: Caller, definition: string): boolean {
  return definitions === null || definitions.includes(definition);
}

/** A definition that this caller may see. @throws DefinitionNotFound  it may not; whether it exists is not told */
export function seenDefinition(caller: Caller, key: string, definition: string): string {
  if (seesDefinition(caller, definition)) return definition;
  throw new DefinitionNotFound(key, definition);
}
