import type { Provider } from '@nestjs/common';
import { Portals } from './connections/portals.js';
import { CallNatively } from './dispatch/call-natively.js';
import { NativeCallKeys } from './dispatch/native-call-keys.js';
import { Log } from './lib/log.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresNativeCallKeys } from './storage/native-call-keys.store.js';

/** Calls of the platforms' own methods. */
export const nativeCallParts: Provider[] = [
  provide(NativeCallKeys, [Database], (database: Database) => new PostgresNativeCallKeys(database)),
  provide(
    CallNatively,
    [NativeCallKeys, Portals, Log],
    (keys: NativeCallKeys, portals: Portals, log: Log) => new CallNatively(keys, portals, log),
  ),
];
