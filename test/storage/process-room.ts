import { v7 as uuidv7 } from 'uuid';
import { changed, type Change, type Details } from '../../src/processes/change.js';
import type { IdempotencyKey } from '../../src/processes/idempotency.js';
import type { Claimed, Intended, Operation, OperationKind } from '../../src/processes/operation.js';
import { move, type Process, type Step } from '../../src/processes/process.js';
import type { Acceptance, Accepted, Command, Intention, Settlement } from '../../src/processes/process.store.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { PostgresLostStore } from '../../src/storage/lost.store.js';
import { PostgresProcessReader } from '../../src/storage/process.reader.js';
import { PostgresProcessStore } from '../../src/storage/process.store.js';
import { freshDatabase } from '../database.js';
import { anAttempt, anOperation, aProcess, at } from '../processes/samples.js';

export const leaseSeconds = 30;
export const delays = { firstLookMs: 5000, laneMs: 300_000 };

const tables = [
  'processes',
  'operations',
  'attempts',
  'events',
  'idempotency_keys',
  'native_ids',
  'elements',
  'incidents',
  'database_holds',
  'connections',
];

/** A start on its way, with all that a test may want to say of it. */
export interface Start {
  readonly process: Process;
  readonly operation: Operation;
  readonly key: IdempotencyKey;
}

/** The store and the reader of processes on a database of their own. */
export class ProcessRoom {
  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly store: PostgresProcessStore,
    readonly lost: PostgresLostStore,
    readonly reader: PostgresProcessReader,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<ProcessRoom> {
    const fresh = await freshDatabase();
    const database = await openDatabase({ url: fresh.url, poolSize: 20 });
    const reader = new PostgresProcessReader(database);
    const store = new PostgresProcessStore(database, leaseSeconds, delays);
    const lost = new PostgresLostStore(database, leaseSeconds, delays);
    return new ProcessRoom(fresh.url, database, store, lost, reader, async () => {
      await database.destroy();
      await fresh.drop();
    });
  }

  async empty(): Promise<void> {
    for (const table of tables.filter((one) => one !== 'events')) await this.database.query(`delete from ${table}`);
    // One transaction, in which a history may go: it is nobody's.
    await this.database.query('set local session_replication_role = replica; delete from events');
  }

  /** A start that was accepted and waits in the queue. */
  async queued(given: Partial<Process> = {}): Promise<Start> {
    const start = aStart(given);
    const accepted = await this.store.accept(acceptance(start));
    if (accepted.outcome !== 'accepted') throw new Error(`It is ${accepted.outcome}`);
    return start;
  }

  /** A start whose intent is on disk since its acceptance. */
  async sending(given: Partial<Process> = {}): Promise<Intended> {
    return this.sent(aStart({ state: 'starting', attempts: 1, ...given }));
  }

  async sent(start: Start): Promise<Intended> {
    const operation = { ...start.operation, state: 'sending' as const, attempts: 1 };
    const attempt = anAttempt(operation);
    const accepted = await this.store.accept({ ...acceptance({ ...start, operation }), intent: { attempt } });
    if (accepted.outcome !== 'accepted') throw new Error(`It is ${accepted.outcome}`);
    return { operation, process: start.process, lease: accepted.lease, attempt, issuedAtMs: performance.now() };
  }

  /** A run that is known. */
  async running(given: Partial<Process> = {}): Promise<Process> {
    const intended = await this.sending(given);
    return this.store.settle(settlementOf(intended, { to: 'running', at, learnt: { nativeId: uuidv7() } }));
  }

  /** The only operation that can be claimed now. */
  async claimed(connection = 'sales'): Promise<Claimed> {
    const [one, ...others] = await this.claim(10, connection);
    if (!one || others.length > 0) throw new Error(`${others.length + (one ? 1 : 0)} operations were due`);
    return one;
  }

  /** What is due, at most `places` starts and as many commands. */
  claim(places = 10, connection = 'sales', lifeSeconds = 0): Promise<readonly Claimed[]> {
    return this.store.claim([{ connection, starts: places, commands: places, lifeSeconds }], leaseSeconds);
  }

  /** Asks for the intent of a start. */
  intend(claimed: Claimed): Promise<Intention> {
    return this.store.intend(claimed, toStart(claimed.process), {
      oneAtATime: false,
      chosenId: claimed.process.runId,
      lifeSeconds: 60,
      batchId: null,
    });
  }

  async found(processId: string): Promise<Process> {
    const process = await this.reader.find(processId);
    if (!process) throw new Error(`There is no process ${processId}`);
    return process;
  }

  /** Lets the leases of all operations run out. */
  async letLeasesEnd(): Promise<void> {
    await this.database.query("update operations set lease_until = clock_timestamp() - interval '1 second'");
  }

  async count(table: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }[]>(`select count(*)::int as count from ${table}`);
    return row?.count ?? -1;
  }

  async operation(
    id: string,
  ): Promise<Operation & { readonly fencingToken: string; readonly leaseUntil: Date | null }> {
    const [row] = await this.database.query<
      { state: Operation['state']; fencing_token: string; lease_until: Date | null }[]
    >('select * from operations where id = $1', [id]);
    const operation = await this.reader.operation(id);
    if (!row || !operation) throw new Error(`There is no operation ${id}`);
    return { ...operation, fencingToken: row.fencing_token, leaseUntil: row.lease_until };
  }

  /** What is kept of the attempts of a process, oldest first. */
  async attempts(
    processId: string,
  ): Promise<{ class: string | null; native_id: string | null; message: string | null }[]> {
    return this.database.query('select class, native_id, message from attempts where process_id = $1 order by id', [
      processId,
    ]);
  }

  async events(processId: string): Promise<{ sequence: number; type: string }[]> {
    return this.database.query('select sequence, type from events where process_id = $1 order by sequence', [
      processId,
    ]);
  }
}

export function aKey(operation: Operation, body = 'the body'): IdempotencyKey {
  return { clientId: operation.clientId, key: operation.key, fingerprint: Buffer.from(body) };
}

export function aStart(given: Partial<Process> = {}): Start {
  const process = aProcess(given);
  const operation = anOperation(process, 'start');
  return { process, operation, key: aKey(operation) };
}

export function acceptance(
  start: Start,
  businessKey: Acceptance['businessKey'] = 'allow',
  seenBy: string | null = null,
): Acceptance {
  return { ...start, intent: null, news: { inputChecked: true }, closedVariables: null, businessKey, seenBy };
}

/** A command as the desk would give it. */
export function aCommand(
  before: Process,
  kind: OperationKind,
  after: Process,
  given: Partial<Pick<Command, 'takesBack' | 'answer' | 'operation'>> = {},
): Command {
  const operation = given.operation ?? anOperation(before, kind);
  return {
    operation,
    key: aKey(operation),
    change: changed(before, after),
    takesBack: null,
    answer: null,
    ...given,
  };
}

/** The withdrawal of a start that waits. */
export function withdrawal({ process, operation }: Start): Command {
  return aCommand(process, 'terminate', move(process, { to: 'withdrawn', at, evidence: 'gateway_command' }), {
    takesBack: { operationId: operation.id, to: 'done' },
    answer: { word: 'confirmed', extra: null },
  });
}

/** An attempt that was accepted, and the step that follows; say what is different. */
export function settlementOf(
  { lease, attempt, process }: Pick<Intended, 'lease' | 'attempt' | 'process'>,
  step: Step,
  given: Partial<Settlement> = {},
  details: Details = {},
): Settlement {
  const nativeId = step.learnt?.nativeId ?? null;
  return {
    lease,
    attempt: { id: attempt.id, class: 'accepted', nativeId, nativeFault: null, message: null },
    operation: { state: 'done', retryAfterMs: null },
    reads: null,
    change: changed(process, move(process, step), details),
    answer: { word: 'confirmed', extra: null },
    ...given,
  };
}

/** The change of a start that is about to go out. */
function toStart(process: Process): Change {
  return changed(process, move(process, { to: 'starting', at, learnt: { attempts: process.attempts + 1 } }));
}

/** How many of what was tried at the same time came to this. */
export function countOf<T>(results: readonly PromiseSettledResult<T>[], isIt: (value: T) => boolean): number {
  return results.filter((result) => result.status === 'fulfilled' && isIt(result.value)).length;
}

export function isAccepted(accepted: Accepted): boolean {
  return accepted.outcome === 'accepted';
}
