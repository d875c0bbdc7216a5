import type { Connection } from '../../src/connections/connection.js';
import type { Portal, Portals } from '../../src/connections/portals.js';
import { RunIds } from '../../src/connections/run-ids.js';
import type { RunIdsStore } from '../../src/connections/run-ids.store.js';
import type { Log } from '../../src/lib/log.js';
import type { ConnectionLimits } from '../../src/platforms/platform-kind.js';
import type { Platform } from '../../src/platforms/platform.js';
import type { Change } from '../../src/processes/change.js';
import type { Found, KeptAnswer, LostStart, LostStore } from '../../src/processes/lost.store.js';
import type { Claimed, Intended, Lease } from '../../src/processes/operation.js';
import type { Process } from '../../src/processes/process.js';
import type { ProcessPage, ProcessReader } from '../../src/processes/process.reader.js';
import type {
  Acceptance,
  Accepted,
  Command,
  Intention,
  ProcessStore,
  Room,
  Settlement,
} from '../../src/processes/process.store.js';
import { PaperPlatform, paperKind } from '../connections/paper.js';
import { limits } from '../connections/samples.js';
import { anAttempt, at } from '../processes/samples.js';

interface PortalGiven {
  readonly key?: string;
  readonly state?: Connection['state'];
  readonly limits?: Partial<ConnectionLimits>;
  readonly platform?: Platform;
}

/** A portal on paper; say what matters to the test. */
export function aPortal(given: PortalGiven = {}): Portal {
  const { key = 'sales', state = 'active' } = given;
  const connection: Connection = {
    key,
    platform: 'paper',
    name: key,
    baseUrl: 'https://sales.example',
    portal: 'https://sales.example',
    moved: null,
    credentialsEndAt: null,
    auth: {},
    settings: {},
    limits: { ...limits, ...given.limits },
    state,
    stateReason: null,
    stateSince: at,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  return { connection, kind: paperKind(), platform: given.platform ?? aPlatform() };
}

function exchange(): never {
  throw new Error('Nobody dials on paper');
}

export function aPlatform(
  Kind: new (...made: ConstructorParameters<typeof PaperPlatform>) => Platform = PaperPlatform,
): Platform {
  const settings = { key: 'sales', baseUrl: 'https://sales.example', auth: {}, settings: {} };
  return new Kind(settings, { exchange, renewAuth: async (renew) => void (await renew(() => true)), spent: () => {} });
}

export class KnownPortals implements Portals {
  /** What was recorded of connections, as `key state`. */
  readonly marks: string[] = [];

  constructor(readonly portals: readonly Portal[]) {}

  async of(key: string): Promise<Portal | null> {
    return this.portals.find(({ connection }) => connection.key === key) ?? null;
  }
  async all(): Promise<readonly Portal[]> {
    return this.portals;
  }
  /** Whose answer led to the last mark; `undefined`: nobody said. */
  askedLast: Platform | undefined;

  async mark(key: string, state: string, _reason: string | null, asked?: Platform): Promise<void> {
    this.marks.push(`${key} ${state}`);
    this.askedLast = asked;
  }
  failed(): void {}
  changed(): void {}
}

/** A store in which everything goes well and nothing is due; it keeps what it was asked to write. */
export class QuietStore implements ProcessStore {
  readonly intents: Change[] = [];
  readonly settlements: Settlement[] = [];

  async accept({ operation }: Acceptance): Promise<Accepted> {
    return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken: 0n } };
  }
  async command({ operation }: Command): ReturnType<ProcessStore['command']> {
    return { outcome: 'accepted', lease: { operationId: operation.id, fencingToken: 0n } };
  }
  async join(): ReturnType<ProcessStore['join']> {
    return { outcome: 'nothing' };
  }
  async claim(_rooms: readonly Room[]): Promise<readonly Claimed[]> {
    return [];
  }
  async intend(claimed: Claimed, change: Change): Promise<Intention> {
    const { process } = change;
    this.intents.push(change);
    const operation = { ...claimed.operation, state: 'sending' as const, attempts: claimed.operation.attempts + 1 };
    const intended = { ...claimed, operation, process, attempt: anAttempt(operation), issuedAtMs: performance.now() };
    return { is: 'intended', intended };
  }
  async settle(settlement: Settlement): Promise<Process> {
    this.settlements.push(settlement);
    return settlement.change.process;
  }
  async takeAbandoned(): Promise<readonly Intended[]> {
    return [];
  }
  async takeExpired(): Promise<readonly Claimed[]> {
    return [];
  }
  async renew(_leases: readonly Lease[]): Promise<void> {}
  async observe(change: Change): Promise<Process> {
    return change.process;
  }
}

/** A store in which nothing is lost. */
export class QuietLostStore implements LostStore {
  async stuckStops(): Promise<readonly Process[]> {
    return [];
  }
  async claimedIds(): Promise<ReadonlySet<string>> {
    return new Set();
  }
  async laneHolder(): Promise<null> {
    return null;
  }
  async othersLost(): Promise<boolean> {
    return false;
  }

  async lostInLane(): Promise<readonly string[]> {
    return [];
  }
  async kept(): Promise<readonly KeptAnswer[]> {
    return [];
  }
  async takeLost(): Promise<readonly LostStart[]> {
    return [];
  }
  async found({ change }: Found): Promise<Process> {
    return change.process;
  }
  async dispossess(): Promise<boolean> {
    return true;
  }
  async intendProbe(): Promise<Intended | null> {
    return null;
  }
}

/** Run ids of portals of which nothing is known. */
export function noRunIds(): RunIds {
  const store: RunIdsStore = {
    add: async () => {},
    find: async () => ({ keptAt: [], ignoredAt: null, distrusted: false, seen: 0, now: at }),
    distrust: async () => {},
  };
  return new RunIds(store, new KeptLog(), () => 0);
}

/** A reader that finds nothing. */
export class BlindReader implements ProcessReader {
  async find(_processId: string): Promise<Process | null> {
    return null;
  }
  async remembered(): ReturnType<ProcessReader['remembered']> {
    return null;
  }
  async operation(): ReturnType<ProcessReader['operation']> {
    return null;
  }
  async openOperations(): ReturnType<ProcessReader['openOperations']> {
    return [];
  }
  async acceptedStops(_processId: string): ReturnType<ProcessReader['acceptedStops']> {
    return [];
  }
  async stopped(_processIds: readonly string[]): ReturnType<ProcessReader['stopped']> {
    return new Set();
  }
  async hasUnknownAttempt(): Promise<boolean> {
    return false;
  }
  async history(): Promise<[]> {
    return [];
  }
  async list(): Promise<ProcessPage> {
    return { processes: [], readTo: null };
  }
  async elementIds(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
  async nativeElementId(): Promise<null> {
    return null;
  }
  async installation(): Promise<string> {
    return 'installation';
  }
}

export class KeptLog implements Log {
  readonly events: string[] = [];

  info(event: string): void {
    this.events.push(event);
  }
  warn(event: string): void {
    this.events.push(event);
  }
  error(event: string): void {
    this.events.push(event);
  }
}
