import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../lib/clock.js';
import type { JsonObject } from '../lib/json.js';
import { sees, type Client } from './client.js';
import { changed } from './change.js';
import { decide, type IdempotencyKey } from './idempotency.js';
import type { Operation, OperationKind } from './operation.js';
import type { Process } from './process.js';
import { KeyReused, NotFound } from './process.errors.js';
import { StaleRevision, type ProcessReader, type ProcessStore } from './process.store.js';
import type { Sender } from './sender.js';
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
  readonly after: Process;
  /** Beside the event, if the step is news. */
  readonly data: JsonObject;
  /** The unsent start that it takes back; with `done` the command is done as well. */
  readonly takesBack: { readonly operationId: string; readonly to: 'done' | 'unknown' } | null;
}

/** Takes commands on processes that exist: new, replay or refuse; decided anew when the process moved in between. */
export class CommandDesk {
  constructor(
    private readonly store: ProcessStore,
    private readonly reader: ProcessReader,
    private readonly sender: Sender,
    private readonly clock: Clock,
  ) {}

  /**
   * @param plan  what to do on this process, or an answer without a command of its own; its errors refuse the command
   * @throws NotFound, KeyReused and what `plan` throws: nothing was accepted
   */
  async take<T>(
    command: CommandOnProcess,
    plan: (process: Process) => Promise<Plan | { answer: T }>,
  ): Promise<Commanded | T> {
    const { by, key, processId } = command;
    const decision = decide(await this.reader.remembered(by.id, key.key), key.fingerprint);
    if (decision.do === 'refuse') throw new KeyReused(key.key);
    if (decision.do !== 'accept') return { is: 'known', remembered: decision.remembered };
    for (let decidedOn: number | null = null; ;) {
      const process = await this.reader.find(processId);
      if (!process || !sees(by, process)) throw new NotFound(`process ${processId}`);
      try {
        const planned = await plan(process);
        return 'answer' in planned ? planned.answer : await this.#accept(command, process, planned);
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
      if (decide(accepted.remembered, command.key.fingerprint).do === 'refuse') throw new KeyReused(command.key.key);
      return { is: 'known', remembered: accepted.remembered };
    }
    this.sender.wake();
    return { is: 'accepted', operationId: operation.id, process: plan.after };
  }

  #operation({ by, key, traceId }: CommandOnProcess, process: Process, { kind, input }: Plan): Operation {
    const now = this.clock.now();
    return {
      id: uuidv7(),
      processId: process.id,
      connection: process.connection,
      kind,
      state: 'queued',
      clientId: by.id,
      key: key.key,
      traceId,
      input,
      dueAt: now,
      attempts: 0,
      createdAt: now,
    };
  }
}
