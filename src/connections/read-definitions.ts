import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import type { Definition } from '../platforms/definition.js';
import { PlatformError } from '../platforms/platform.errors.js';
import { DefinitionNotFound, DefinitionsNotListed } from './connection.errors.js';
import type { Definitions } from './definitions.js';

/**
 * Everything startable at a connection that exists.
 *
 * @throws DefinitionsNotListed  the portal gives no list
 * @throws LiveReadError         it cannot be asked
 */
export async function readDefinitions(definitions: Definitions, connectionKey: string): Promise<readonly Definition[]> {
  try {
    const list = await definitions.list(connectionKey);
    if (!list) throw new DefinitionsNotListed(connectionKey);
    return list;
  } catch (error) {
    throw error instanceof PlatformError ? liveReadErrorOf(error) : error;
  }
}

/**
 * One definition of a connection that exists, possibly from the cache.
 *
 * @throws DefinitionNotFound  the portal does not have it
 * @throws LiveReadError       it is not cached and the portal cannot be asked
 */
export async function readDefinition(
  definitions: Definitions,
  connectionKey: string,
  definition: string,
): Promise<Definition> {
  const lookup = await definitions.lookUp(connectionKey, definition);
  if (lookup.found === 'known') return lookup.definition;
  if (lookup.found === 'missing') throw new DefinitionNotFound(connectionKey, definition);
  throw liveReadErrorOf(lookup.error);
}
