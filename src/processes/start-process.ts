import { v7 as uuidv7 } from 'uuid';
import type { Definitions } from '../connections/definitions.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Fault } from '../lib/fault.js';
import type { Definition } from '../platforms/definition.js';
import type { NativeCall, Prepared, StartOrder } from '../platforms/run.js';
import { mayUse, type Client } from './client.js';
import { decide, runIdOf } from './idempotency.js';
import { firstAttempt, startOperation } from './first-attempt.js';
import { born, type ProcessInput, type WaitingFor } from './process.js';
import {
  BusinessKeyTaken,
  CredentialsRefused,
  DefinitionNotFound,
  Invalid,
  KeyReused,
  NotFound,
  SigningNotAllowed,
  Unsupported,
} from './process.errors.js';
import type { Accepted, ProcessReader, ProcessStore } from './process.store.js';
import type { Commanded, StartCommand, StartFields } from './start-command.js';
import { isPlace, type Place, type Sender } from './sender.js';

/** A start whose input was found good. */
interface Ready {
  readonly portal: Portal;
  readonly spec: Definition | null;
  readonly prepared: Prepared;
}

/** Accepts starts: new, replay, or refuse. What it accepts is on disk before it resolves. */
export class StartProcess {
  constructor(
    private readonly store: ProcessStore,
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
    private readonly definitions: Definitions,
    private readonly sender: Sender,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws NotFound, DefinitionNotFound, Invalid, Unsupported, CredentialsRefused, SigningNotAllowed, KeyReused,
   *   BusinessKeyTaken: nothing was accepted and the key is free
   */
  async start(command: StartCommand): Promise<Commanded> {
    const remembered = await this.reader.remembered(command.by.id, command.key.key);
    const decision = decide(remembered, command.key.fingerprint);
    if (decision.do === 'refuse') throw new KeyReused(command.key.key);
    if (decision.do !== 'accept') return { is: 'known', remembered: decision.remembered };
    const ready = await this.#check(command.fields, command.by);
    if (ready.portal.connection.state === 'reauthorization_required')
      throw new CredentialsRefused(command.fields.connection);
    if (ready.prepared.faults.length > 0) throw new Invalid(ready.prepared.faults);
    return this.#accept(command, ready);
  }

  /** What a start would be found to be, and what would be sent; nothing is stored and nothing started. */
  async validate(
    fields: StartFields,
    by: Client,
  ): Promise<{ faults: readonly Fault[]; nativeCall: NativeCall | null }> {
    const { portal, prepared, spec } = await this.#check(fields, by);
    if (prepared.faults.length > 0) return { faults: prepared.faults, nativeCall: null };
    const order: StartOrder = {
      ...requestOf(fields),
      subject: prepared.subject,
      processId: uuidv7(),
      runId: '0'.repeat(32),
      spec,
    };
    return { faults: [], nativeCall: portal.platform.nativeCall(order) };
  }

  async #check(fields: StartFields, by: Client): Promise<Ready> {
    const { connection, definition } = fields;
    const portal = mayUse(by.visible.connections, connection) ? await this.portals.of(connection) : null;
    if (!portal) throw new NotFound(`connection "${connection}"`);
    if (!portal.platform.namesDefinition(definition) || !mayUse(by.visible.definitions, definition)) {
      throw new DefinitionNotFound(definition, connection);
    }
    if (portal.kind.signing.includes(definition) && !by.maySign) throw new SigningNotAllowed(definition);
    const lookup = await this.definitions.lookUp(connection, definition);
    if (lookup.found === 'missing') throw new DefinitionNotFound(definition, connection);
    const spec = lookup.found === 'known' ? lookup.definition : null;
    const prepared = portal.platform.prepare(requestOf(fields), spec);
    if (prepared.unsupported !== null) throw new Unsupported(prepared.unsupported);
    return { portal, spec, prepared };
  }

  async #accept(command: StartCommand, { portal, spec, prepared }: Ready): Promise<Commanded> {
    const { fields, key } = command;
    const input = await this.#inputOf(command, portal, spec, prepared);
    // What is late already goes through the queue, where it expires.
    const isLate = input.startBefore !== null && input.startBefore <= input.createdAt;
    const place: Place | WaitingFor = isLate ? { reason: 'capacity' } : this.sender.reserve(portal);
    const issuedAtMs = performance.now();
    try {
      const process = isPlace(place) ? born(input, 'starting', null) : born(input, 'queued', place);
      const operation = startOperation(process, command, isPlace(place) ? 'sending' : 'queued');
      const attempt = isPlace(place) ? firstAttempt(operation) : null;
      const accepted = await this.store.accept({
        process,
        operation,
        key,
        intent: attempt && { attempt },
        news: { inputChecked: prepared.inputChecked },
        businessKey: fields.businessKey === null ? 'allow' : fields.onBusinessKeyConflict,
        seenBy: command.by.visible.clientId,
      });
      if (accepted.outcome !== 'accepted') {
        if (isPlace(place)) place.release();
        return somebodyWasFirst(accepted, command);
      }
      if (isPlace(place) && attempt) {
        this.sender.send({ operation, process, lease: accepted.lease, attempt, issuedAtMs }, place);
      } else this.sender.wake();
      return { is: 'accepted', operationId: operation.id, process };
    } catch (error) {
      if (isPlace(place)) place.release();
      throw error;
    }
  }

  async #inputOf(
    command: StartCommand,
    portal: Portal,
    spec: Definition | null,
    prepared: Prepared,
  ): Promise<ProcessInput> {
    const { fields, by, key } = command;
    const createdAt = this.clock.now();
    const within = fields.startWithinSeconds ?? portal.connection.limits.startWithinSeconds;
    return {
      id: uuidv7(),
      connection: portal.connection.key,
      platform: portal.kind.platform,
      definition: fields.definition,
      definitionName: spec?.name ?? null,
      subject: prepared.subject,
      variables: fields.variables,
      results: fields.results,
      options: fields.options,
      spec,
      businessKey: fields.businessKey,
      tags: fields.tags,
      metadata: fields.metadata,
      startBefore: fields.startBefore ?? (within === null ? null : new Date(createdAt.getTime() + within * 1000)),
      startWithinSeconds: fields.startBefore === null ? within : null,
      onIndeterminate: fields.onIndeterminate,
      lane: `${portal.connection.key}|${portal.platform.laneOf(requestOf(fields)).key}`,
      runId: runIdOf(await this.reader.installation(), by.id, key.key),
      clientId: by.id,
      createdBy: by.name,
      retryOf: command.retryOf,
      createdAt,
    };
  }
}

function requestOf(fields: StartFields): Omit<StartOrder, 'processId' | 'runId' | 'spec'> {
  const { definition, subject, variables, results, options } = fields;
  return { definition, subject, variables, results, options };
}

function somebodyWasFirst(
  accepted: Exclude<Accepted, { outcome: 'accepted' }>,
  { fields, key }: StartCommand,
): Commanded {
  if (accepted.outcome === 'known') {
    if (decide(accepted.remembered, key.fingerprint).do === 'refuse') throw new KeyReused(key.key);
    return { is: 'known', remembered: accepted.remembered };
  }
  if (accepted.outcome === 'existing') return { is: 'existing', process: accepted.process };
  throw new BusinessKeyTaken(fields.businessKey ?? '', accepted.processId);
}
