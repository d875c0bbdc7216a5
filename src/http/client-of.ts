import type { Client } from '../processes/client.js';
import type { Visibility } from '../processes/process.reader.js';
import { has, type Caller } from '../security/caller.js';

/** The caller as the heart of the house knows it. */
export function clientOf(caller: Caller): Client {
  return {
    id: caller.clientId,
    name: caller.name,
    visible: visibilityOf(caller),
    mayStart: has(caller, 'processes:start'),
    maySign: has(caller, 'processes:sign'),
  };
}

/** What of all processes a caller may see. */
export function visibilityOf({ connections, definitions, sees, clientId }: Caller): Visibility {
  return { connections, definitions, clientId: sees === 'own' ? clientId : null };
}
