import type { Provider } from '@nestjs/common';
import { Config } from './config.js';
import { Portals } from './connections/portals.js';
import { SendNativeCall } from './dispatch/send-native-call.js';
import { Log } from './lib/log.js';
import { SecretBox } from './lib/secret-box.js';
import { CallNatively, NativeCallSender } from './processes/call-natively.js';
import { NativeCallKeys } from './processes/native-call-keys.store.js';
import { provide } from './provide.js';
import { Database } from './storage/database.js';
import { PostgresNativeCallKeys } from './storage/native-call-keys.store.js';

/** Calls of the platforms' own methods. */
export const nativeCallParts: Provider[] = [
  provide(
    NativeCallKeys,
    [Database, SecretBox, Config],
    (database: Database, box: SecretBox, { idempotencyDays }: Config) =>
      new PostgresNativeCallKeys(database, box, idempotencyDays),
  ),
  provide(NativeCallSender, [Portals], (portals: Portals) => new SendNativeCall(portals)),
  provide(
    CallNatively,
    [NativeCallKeys, Portals, NativeCallSender, Log],
    (keys: NativeCallKeys, portals: Portals, sender: NativeCallSender, log: Log) =>
      new CallNatively(keys, portals, sender, log),
  ),
];
