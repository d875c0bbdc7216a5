import type { Provider } from '@nestjs/common';
import { Portals } from './connections/portals.js';
import { SendNativeCall } from './dispatch/send-native-call.js';
import { Log } from './lib/log.js';
import { CallNatively, NativeCallSender } from './processes/call-natively.js';
import { NativeCallKeys } from './processes/native-call-keys.store.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresNativeCallKeys } from './storage/native-call-keys.store.js';

/** Calls of the platforms' own methods. */
export const nativeCallParts: Provider[] = [
  provide(NativeCallKeys, [Database], (database: Database) => new PostgresNativeCallKeys(database)),
  provide(NativeCallSender, [Portals], (portals: Portals) => new SendNativeCall(portals)),
  provide(
    CallNatively,
    [NativeCallKeys, Portals, NativeCallSender, Log],
    (keys: NativeCallKeys, portals: Portals, sender: NativeCallSender, log: Log) =>
      new CallNatively(keys, portals, sender, log),
  ),
];
