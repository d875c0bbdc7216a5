import type { Portal } from '../connections/portals.js';
import type { JsonObject } from '../lib/json.js';
import { firstAttempt, startOperation } from './first-attempt.js';
import { decide } from './idempotency.js';
import type { AttemptTerms } from './operation.js';
import { born, type Process, type ProcessInput, type WaitingFor } from './process.js';
import { BusinessKeyTaken, KeyReused } from './process.errors.js';
import type { Acceptance, Accepted, ProcessStore } from './process.store.js';
import { isPlace, type Place, type Sender } from './sender.js';
import type { Commanded, StartCommand } from './start-command.js';

/** A start whose input was found good, and where it is to go. */
export interface GoodStart {
  readonly command: StartCommand;
  readonly input: ProcessInput;
  readonly portal: Portal;
  /** Kept in its first event. */
  readonly news: JsonObject;
  /** What stays of the variables when the process closes; `null`: all of them. */
  readonly closedVariables: JsonObject | null;
}

/** Makes good starts durable: born on their way where they can be sent at once, else queued. */
export class AcceptStart {
  constructor(
    private readonly store: ProcessStore,
    private readonly sender: Sender,
    private readonly termsOf: (portal: Portal, process: Process) => AttemptTerms,
  ) {}

  /** @throws KeyReused, BusinessKeyTaken, QueueFull, NewlyMarked: nothing was accepted and the key is free */
  async accept(start: GoodStart): Promise<Commanded> {
    if (start.command.waits) return this.#accepted(start);
    const accepted = this.sender.comes();
    try {
      return await this.#accepted(start);
    } finally {
      accepted();
    }
  }

  async #accepted(start: GoodStart): Promise<Commanded> {
    const place = await this.#placeFor(start);
    if (!isPlace(place)) return this.#queued(start, place);
    try {
      const accepted = await this.#sent(start, place);
      if ('is' in accepted) return accepted;
      place.release();
      return await this.#queued(start, accepted);
    } catch (error) {
      place.release();
      throw error;
    }
  }

  async #placeFor({ command, input, portal }: GoodStart): Promise<Place | WaitingFor> {
    // What is late already goes through the queue, where it expires; a lane that takes one at a time is asked there.
    const isLate = input.startBefore !== null && input.startBefore <= input.createdAt;
    if (isLate || portal.platform.laneOf(input).oneAtATime) return { reason: 'capacity' };
    if (!command.waits && this.sender.isRushed) return { reason: 'capacity' };
    return this.sender.reserve(portal, input.definition);
  }

  /** Accepts it together with the intent to send it. @returns why it has to wait, where nothing was written */
  async #sent(start: GoodStart, place: Place): Promise<Commanded | WaitingFor> {
    const issuedAtMs = performance.now();
    const process = born(start.input, 'starting', null);
    const operation = startOperation(process, start.command, 'sending');
    const attempt = firstAttempt(operation, this.termsOf(start.portal, process));
    const accepted = await this.store.accept({ ...this.#acceptance(start), process, operation, intent: { attempt } });
    if (accepted.outcome === 'held') return accepted.waitingFor;
    if (accepted.outcome !== 'accepted') {
      place.release();
      return somebodyWasFirst(accepted, start.command);
    }
    this.sender.send({ operation, process, lease: accepted.lease, attempt, issuedAtMs }, place);
    return { is: 'accepted', operationId: operation.id, process };
  }

  async #queued(start: GoodStart, waitingFor: WaitingFor): Promise<Commanded> {
    this.sender.assertMayQueue(start.portal);
    const process = born(start.input, 'queued', waitingFor);
    const operation = startOperation(process, start.command, 'queued');
    const accepted = await this.store.accept({ ...this.#acceptance(start), process, operation, intent: null });
    if (accepted.outcome !== 'accepted') return somebodyWasFirst(accepted, start.command);
    this.sender.queued(process.connection);
    return { is: 'accepted', operationId: operation.id, process };
  }

  #acceptance({ command, news, closedVariables }: GoodStart): Omit<Acceptance, 'process' | 'operation' | 'intent'> {
    const { fields, key, by } = command;
    const businessKey = fields.businessKey === null ? 'allow' : fields.onBusinessKeyConflict;
    return { key, news, businessKey, closedVariables, seenBy: by.visible.clientId };
  }
}

function somebodyWasFirst(
  accepted: Exclude<Accepted, { outcome: 'accepted' }>,
  { fields, key }: StartCommand,
): Commanded {
  switch (accepted.outcome) {
    case 'known':
      if (decide(accepted.remembered, key.fingerprint).do === 'refuse') throw new KeyReused(key.key);
      return { is: 'known', remembered: accepted.remembered };
    case 'existing':
      return { is: 'existing', process: accepted.process };
    case 'business_key_taken':
      throw new BusinessKeyTaken(fields.businessKey ?? '', accepted.processId);
    case 'held':
      throw new Error(`A start without an intent was held for ${accepted.waitingFor.reason}`);
  }
}
