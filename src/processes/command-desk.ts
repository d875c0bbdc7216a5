import { uuidv7 } from '../lib/uuid.js';
import type { Clock } from '../lib/clock.js';
import type { JsonObject } from '../lib/json.js';
import { sees, type Client } from './client.js';
import { changed } from './change.js';
import { decide, type IdempotencyKey, type Remembered } from './idempotency.js';
import type { Operation, OperationKind } from './operation.js';
import type { Process } from './process.js';
import { KeyReused, NotFound } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { StaleRevision, type ProcessStore } from './process.store.js';
import type { Sender } from './sender.js';
import type { SealedValues } from './sealed-values.js';
import type { Commanded } from './start-command.js';

/** Who commands which process, under which key. */
export interface CommandOnProcess {
  readonly processId: string;
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly traceId: string;
}

/** What a command comes to on the process as it stands. */
export interface Plan {
  readonly kind: OperationKind;
  readonly input: JsonObject;
  /** The connection that it goes through; absent: that of its process. */
  readonly connection?: string;
  readonly after: Process;
  /** Beside the event, if the step is news. */
  readonly data: JsonObject;
  /** The unsent start that it takes back; with `done` the command is done as well. */
  readonly takesBack: { readonly operationId: string; readonly to: 'done' | 'unknown' } | null;
}

/** The stop that a command joins; `operationId` is `null` where it was sent, and where the platform does it by itself. */
export interface Join {
  readonly joins: { readonly operationId: string | null };
}

/** The command joined what the platform does by itself, and its key is bound to nothing. */
export interface Joined {
  readonly is: 'joined';
  readonly process: Process;
}

/** Takes commands on processes that exist: new, replay or refuse; decided anew when the process moved in between. */
export class CommandDesk {
  constructor(
    private readonly store: ProcessStore,
    private readonly reader: ProcessReader,
    private readonly sender: Sender,
    private readonly clock: Clock,
    private readonly sealed: Pick<SealedValues, 'keptInput'> | null = null,
  ) {}

  /**
   * @param plan  what to do on this process, or the stop that the command joins; its errors refuse the command
   * @throws NotFound, KeyReused and what `plan` throws: nothing was accepted
   */
  take(command: CommandOnProcess, plan: (process: Process) => Promise<Plan>): Promise<Commanded>;
  take(command: CommandOnProcess, plan: (process: Process) => Promise<Plan | Join>): Promise<Commanded | Joined>;
  async take(command: CommandOnProcess, plan: (process: Process) => Promise<Plan | Join>): Promise<Commanded | Joined> {
    const before = await this.known(command.by, command.key);
    return before ?? this.orKnown(command, () => this.#decided(command, plan));
  }

  /**
   * What `accept` gives. Where it refuses, the same request may have been accepted and carried out in between, which is why
   * nothing is left to do: then that one counts.
   *
   * @throws KeyReused and what `accept` throws: nothing was accepted
   */
  async orKnown<T>(
    { by, key }: Pick<CommandOnProcess, 'by' | 'key'>,
    accept: () => Promise<T>,
  ): Promise<T | Commanded> {
    try {
      return await accept();
    } catch (error) {
      const meanwhile = await this.known(by, key);
      if (meanwhile) return meanwhile;
      throw error;
    }
  }

  /** What was accepted under this key before; `null`: nothing. @throws KeyReused */
  async known(by: Pick<Client, 'id'>, key: IdempotencyKey): Promise<Commanded | null> {
    const decision = decide(await this.reader.remembered(by.id, key.key), key.fingerprint);
    if (decision.do === 'refuse') throw new KeyReused(key.key);
    return decision.do === 'accept' ? null : { is: 'known', remembered: decision.remembered };
  }

  async #decided(
    command: CommandOnProcess,
    plan: (process: Process) => Promise<Plan | Join>,
  ): Promise<Commanded | Joined> {
    const { by, processId } = command;
    for (let decidedOn: number | null = null; ;) {
      const process = await this.reader.find(processId);
      if (!process || !sees(by, process)) throw new NotFound(`process ${processId}`);
      try {
        const planned = await plan(process);
        return 'joins' in planned
          ? await this.#join(command, process, planned)
          : await this.#accept(command, process, planned);
      } catch (error) {
        // Where it has not moved, to decide anew would never end.
        if (!(error instanceof StaleRevision) || process.revision === decidedOn) throw error;
        decidedOn = process.revision;
      }
    }
  }

  async #accept(command: CommandOnProcess, before: Process, plan: Plan): Promise<Commanded> {
    const operation = this.#operation(command, before, plan);
    const accepted = await this.store.command({
      operation,
      key: command.key,
      change: changed(before, plan.after, { data: plan.data }),
      takesBack: plan.takesBack,
      answer: plan.takesBack?.to === 'done' ? { word: 'confirmed', extra: null } : null,
    });
    if (accepted.outcome === 'known') {
      return known(accepted.remembered, command.key);
    }
    if (plan.takesBack) this.sender.unqueued(operation.connection);
    this.sender.wake();
    return { is: 'accepted', operationId: operation.id, process: plan.after };
  }

  async #join({ key }: CommandOnProcess, process: Process, { joins }: Join): Promise<Commanded | Joined> {
    const joined = await this.store.join({ key, processId: process.id, operationId: joins.operationId });
    if (joined.outcome === 'known') return known(joined.remembered, key);
    if (joined.outcome === 'nothing') return { is: 'joined', process };
    return { is: 'accepted', operationId: joined.operationId, process };
  }

  #operation({ by, key, traceId }: CommandOnProcess, process: Process, plan: Plan): Operation {
    const now = this.clock.now();
    const { kind, input, connection = process.connection } = plan;
    const id = uuidv7();
    return {
      id,
      processId: process.id,
      connection,
      kind,
      state: 'queued',
      clientId: by.id,
      key: key.key,
      traceId,
      ...((process.sensitive ? this.sealed?.keptInput(id, input, process.sensitive) : null) ?? { input }),
      dueAt: now,
      attempts: 0,
      createdAt: now,
    };
  }
}

/** Somebody was first under this key. */
function known(remembered: Remembered, { key, fingerprint }: IdempotencyKey): Commanded {
  if (decide(remembered, fingerprint).do === 'refuse') throw new KeyReused(key);
  return { is: 'known', remembered };
}
