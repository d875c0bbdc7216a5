import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Config } from './config.js';
import { CallbackStore } from './connections/callback.store.js';
import { CorrelationKits } from './connections/correlation-kits.js';
import { ConnectionStore } from './connections/connection.store.js';
import { ElementSecrets } from './connections/element-secrets.js';
import { Portals } from './connections/portals.js';
import { TakeCallback } from './connections/take-callback.js';
import { ToldAtPortals } from './connections/told-things.js';
import { Vault } from './connections/vault.js';
import { Observer } from './dispatch/observer.js';
import { ReadCallbacks } from './dispatch/read-callbacks.js';
import { WriteElementLog } from './dispatch/write-element-log.js';
import type { Closing } from './lib/closing.js';
import { Log } from './lib/log.js';
import { SecretBox } from './lib/secret-box.js';
import { CallbackCounts } from './observability/callback-counts.js';
import { platformKinds } from './platforms/registry.js';
import { CallKeys } from './processes/call-keys.store.js';
import { ElementLogs, LogElement } from './processes/log-element.js';
import { ProcessReader } from './processes/process.reader.js';
import { Reports } from './processes/reports.js';
import { ToldElements } from './processes/told-elements.store.js';
import { provide } from './provide.js';
import { PostgresCallKeys } from './storage/call-keys.store.js';
import { PostgresCallbackStore, PostgresToldElements } from './storage/callback.store.js';
import { Database } from './storage/database.js';

/** What portals tell by themselves, and what is said to the elements that they told of. */
export const inboundParts: Provider[] = [
  provide(CallbackCounts, [], () => new CallbackCounts()),
  provide(CallbackStore, [Database], (database: Database) => new PostgresCallbackStore(database)),
  provide(ToldElements, [Database], (database: Database) => new PostgresToldElements(database)),
  provide(
    ElementSecrets,
    [Config],
    ({ credentialsKeys }: Config) => new ElementSecrets(new SecretBox(credentialsKeys)),
  ),
  provide(
    ToldAtPortals,
    [CallbackStore, ElementSecrets],
    (store: CallbackStore, secrets: ElementSecrets) => new ToldAtPortals(store, secrets),
  ),
  provide(
    ReadCallbacks,
    [CallbackStore, Portals, ProcessReader, Observer, CorrelationKits, Config, Log],
    (
      callbacks: CallbackStore,
      portals: Portals,
      reader: ProcessReader,
      observer: Observer,
      kits: CorrelationKits,
      { leaseSeconds }: Config,
      log: Log,
    ) =>
      new ReadCallbacks({
        callbacks,
        portals,
        reader,
        look: (process) => observer.refresh(process),
        registerAnew: (connection) => kits.install(connection),
        leaseSeconds,
        log,
      }),
  ),
  provide(
    TakeCallback,
    [ConnectionStore, Vault, ElementSecrets, CallbackStore, ReadCallbacks, Reports, CallbackCounts, Log],
    (
      connections: ConnectionStore,
      vault: Vault,
      secrets: ElementSecrets,
      callbacks: CallbackStore,
      reading: ReadCallbacks,
      reports: Reports,
      counts: CallbackCounts,
      log: Log,
    ) =>
      new TakeCallback({
        connections,
        vault,
        secrets,
        callbacks,
        kinds: platformKinds,
        report: async (connection, { reportId, ...told }) =>
          (await reports.receive({ connection, ...told, reportId, via: 'callback' })) !== 'repeated',
        taken: () => reading.wake(),
        count: (receipt) => counts.count(receipt),
        log,
      }),
  ),
  provide(CallKeys, [Database], (database: Database) => new PostgresCallKeys(database)),
  provide(
    ElementLogs,
    [Portals, Observer],
    (portals: Portals, observer: Observer) => new WriteElementLog(portals, (process) => observer.lookSoon(process)),
  ),
  provide(
    LogElement,
    [CallKeys, ProcessReader, ElementLogs],
    (keys: CallKeys, reader: ProcessReader, logs: ElementLogs) => new LogElement(keys, reader, logs),
  ),
];

/** Starts looking into what portals told. */
export function beginInbound(app: INestApplicationContext, closing: Closing): void {
  const reading = app.get(ReadCallbacks);
  reading.begin();
  closing.add('callbacks', () => reading.end());
}
