import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { heardLog } from '../canaries/heard.js';
import { openByteGate } from './byte-gate.js';
import { openDatabaseGate, type DatabaseGate } from './database-gate.js';
import { gatePortals, PortalGate } from './portal-gate.js';

/** A whole gateway in this process, behind gates on all its sides. */
export interface WalkReplica {
  /** Where callers reach it. Without a trailing slash. */
  readonly url: string;
  readonly database: DatabaseGate;
  readonly portals: PortalGate;
  /** Nothing of what happens reaches it, and nothing of what it does has an effect, until it thaws. */
  freeze(): void;
  thaw(): void;
  readonly isFrozen: boolean;
  /**
   * As if killed: it is cut off from everything at one moment and for good.
   *
   * @returns resolves when what is left of it in this process has stopped, of which nobody hears
   */
  crash(): Promise<void>;
  close(): Promise<void>;
}

const credentialsKey = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** Small times, so that a walk comes to rest within seconds. */
const settings = {
  AUTH: 'off',
  SANDBOX: 'off',
  PORT: '0',
  DATA_DIR: join(tmpdir(), 'walks-keep-nothing'),
  EGRESS_ALLOW: '127.0.0.0/8',
  EGRESS_HTTP: 'on',
  CREDENTIALS_KEYS: credentialsKey,
  LEASE_SECONDS: '2',
  RECONCILE_DELAYS: '0,1,1',
  STATUS_POLL_SECONDS: '1',
  LANE_BLOCK_SECONDS: '1',
};

/** @param lines  where its log lines go */
export async function startReplica(
  databaseUrl: string,
  lines: (line: string) => void = () => {},
): Promise<WalkReplica> {
  let isGone = false;
  const database = await openDatabaseGate(databaseUrl);
  const portals = new PortalGate();
  gatePortals(database.url, portals);
  const config = loadConfig({ ...settings, DATABASE_URL: database.url });
  const gateway = await startGateway(
    config,
    heardLog('warn', (line) => (isGone ? undefined : lines(line))),
  );
  const door = await openByteGate(() => ({ port: Number(new URL(gateway.url).port), host: '127.0.0.1' }));
  const gates = [door, database, portals];
  let isFrozen = false;
  const close = async (): Promise<void> => {
    await gateway.close();
    for (const gate of gates) gate.cutOff();
  };
  return {
    url: `http://127.0.0.1:${door.port}`,
    database,
    portals,
    get isFrozen() {
      return isFrozen;
    },
    freeze: () => {
      isFrozen = true;
      for (const gate of gates) gate.hold();
    },
    thaw: () => {
      isFrozen = false;
      for (const gate of gates) gate.letGo();
    },
    crash: () => {
      isGone = true;
      for (const gate of gates) gate.cutOff();
      return gateway.close();
    },
    close,
  };
}
