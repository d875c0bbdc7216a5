import { v7 as uuidv7 } from 'uuid';
import type { Definitions } from '../connections/definitions.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Fault } from '../lib/fault.js';
import type { Definition } from '../platforms/definition.js';
import type { NativeCall, Prepared, StartOrder } from '../platforms/run.js';
import type { AcceptStart } from './accept-start.js';
import { mayUse, type Client } from './client.js';
import { decide, runIdOf } from './idempotency.js';
import type { ProcessInput } from './process.js';
import {
  CredentialsRefused,
  DefinitionNotFound,
  Invalid,
  KeyReused,
  NotFound,
  SigningNotAllowed,
  StartNotAllowed,
  Unsupported,
} from './process.errors.js';
import type { ProcessReader } from './process.store.js';
import type { Commanded, StartCommand, StartFields } from './start-command.js';

/** A start whose input was found good. */
interface Ready {
  readonly portal: Portal;
  readonly spec: Definition | null;
  readonly prepared: Prepared;
}

/** Accepts starts: new, replay, or refuse. What it accepts is on disk before it resolves. */
export class StartProcess {
  constructor(
    private readonly acceptance: AcceptStart,
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
    private readonly definitions: Definitions,
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
    const { state, stateReason } = ready.portal.connection;
    if (state === 'reauthorization_required') throw new CredentialsRefused(command.fields.connection, stateReason);
    if (ready.prepared.faults.length > 0) throw new Invalid(ready.prepared.faults);
    const { portal, spec, prepared } = ready;
    const input = await this.#inputOf(command, portal, spec, prepared);
    return this.acceptance.accept({ command, input, portal, news: { inputChecked: prepared.inputChecked } });
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
    requireScope(by, definition, portal.kind.signing);
    const lookup = await this.definitions.lookUp(connection, definition);
    if (lookup.found === 'missing') throw new DefinitionNotFound(definition, connection);
    const spec = lookup.found === 'known' ? lookup.definition : null;
    const prepared = portal.platform.prepare(requestOf(fields), spec);
    if (prepared.unsupported !== null) throw new Unsupported(prepared.unsupported);
    return { portal, spec, prepared };
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
      portal: portal.connection.portal,
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
      lane: `${portal.connection.portal}|${portal.platform.laneOf(requestOf(fields)).key}`,
      runId: runIdOf(await this.reader.installation(), by.id, key.key),
      clientId: by.id,
      createdBy: by.name,
      retryOf: command.retryOf,
      createdAt,
    };
  }
}

/** @param signing  the definitions that send documents to be signed @throws SigningNotAllowed, StartNotAllowed */
export function requireScope({ mayStart, maySign }: Client, definition: string, signing: readonly string[]): void {
  const signs = signing.includes(definition);
  if (signs && !maySign) throw new SigningNotAllowed(definition);
  if (!signs && !mayStart) throw new StartNotAllowed(definition);
}

function requestOf(fields: StartFields): Omit<StartOrder, 'processId' | 'runId' | 'spec'> {
  const { definition, subject, variables, results, options } = fields;
  return { definition, subject, variables, results, options };
}
