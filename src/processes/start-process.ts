import { uuidv7 } from '../lib/uuid.js';
import type { Definitions } from '../connections/definitions.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { Fault } from '../lib/fault.js';
import type { Definition, Parameter } from '../platforms/definition.js';
import type { NativeCall, Prepared, StartOrder } from '../platforms/run.js';
import type { AcceptStart, GoodStart } from './accept-start.js';
import { mayUse, type Client } from './client.js';
import { hidden } from './hidden.js';
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
import type { ProcessReader } from './process.reader.js';
import { NewlyMarked } from './sensitive.store.js';
import type { SealedValues } from './sealed-values.js';
import type { SensitiveVariables } from './sensitive-variables.js';
import type { Commanded, StartCommand, StartFields } from './start-command.js';

/** How often a start is sealed anew because variables of its definition were marked in the moment of its acceptance. */
const markedMeanwhile = 3;

/** A start whose input was found good. */
interface Ready {
  readonly portal: Portal;
  readonly spec: Definition | null;
  readonly prepared: Prepared;
}

export interface StartParts {
  readonly acceptance: AcceptStart;
  readonly reader: ProcessReader;
  readonly portals: Portals;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly sensitive: Pick<SensitiveVariables, 'of' | 'changed'>;
  readonly sealed: Pick<SealedValues, 'kept'>;
}

/** Accepts starts: new, replay, or refuse. What it accepts is on disk before it resolves. */
export class StartProcess {
  constructor(private readonly parts: StartParts) {}

  /**
   * @throws NotFound, DefinitionNotFound, Invalid, Unsupported, CredentialsRefused, SigningNotAllowed, KeyReused,
   *   BusinessKeyTaken: nothing was accepted and the key is free
   */
  async start(command: StartCommand): Promise<Commanded> {
    try {
      return await this.#checked(command);
    } catch (error) {
      // The key decides before anything else does: what was accepted under it is answered though it would be refused now.
      // Asked only here, because whoever accepts meets the key anyway. A database that is away has said so already.
      const remembered = await this.parts.reader.remembered(command.by.id, command.key.key).catch(() => null);
      const decision = decide(remembered, command.key.fingerprint);
      if (decision.do === 'refuse') throw new KeyReused(command.key.key);
      if (decision.do === 'accept') throw error;
      return { is: 'known', remembered: decision.remembered };
    }
  }

  async #checked(command: StartCommand): Promise<Commanded> {
    const ready = await this.#check(command.fields, command.by);
    const { state, stateReason } = ready.portal.connection;
    if (state === 'reauthorization_required') throw new CredentialsRefused(command.fields.connection, stateReason);
    if (ready.prepared.faults.length > 0) throw new Invalid(ready.prepared.faults);
    return this.#accept(command, ready, markedMeanwhile);
  }

  /** @param tries  how often it is sealed anew where variables are marked in this very moment */
  async #accept(command: StartCommand, ready: Ready, tries: number): Promise<Commanded> {
    const { portal, prepared } = ready;
    try {
      const good = await this.#goodStart(command, ready);
      return await this.parts.acceptance.accept({
        ...good,
        command,
        portal,
        news: { inputChecked: prepared.inputChecked },
      });
    } catch (error) {
      if (!(error instanceof NewlyMarked) || tries === 0) throw error;
      this.parts.sensitive.changed();
      return this.#accept(command, ready, tries - 1);
    }
  }

  /** What a start would be found to be, and what would be sent; nothing is stored and nothing started. */
  async validate(
    fields: StartFields,
    by: Client,
  ): Promise<{ faults: readonly Fault[]; nativeCall: NativeCall | null }> {
    const { portal, prepared, spec } = await this.#check(fields, by);
    if (prepared.faults.length > 0) return { faults: prepared.faults, nativeCall: null };
    const names = await this.parts.sensitive.of(portal.connection.key, fields.definition);
    const order: StartOrder = {
      ...requestOf(fields),
      variables: hidden(fields.variables, names),
      subject: prepared.subject,
      processId: uuidv7(),
      runId: '0'.repeat(32),
      spec: spec && asTexts(spec, names),
    };
    return { faults: [], nativeCall: portal.platform.nativeCall(order) };
  }

  async #check(fields: StartFields, by: Client): Promise<Ready> {
    const { connection, definition } = fields;
    const portal = mayUse(by.visible.connections, connection) ? await this.parts.portals.of(connection) : null;
    if (!portal) throw new NotFound(`connection "${connection}"`);
    if (!portal.platform.namesDefinition(definition) || !mayUse(by.visible.definitions, definition)) {
      throw new DefinitionNotFound(definition, connection);
    }
    requireScope(by, definition, portal.kind.signing);
    const lookup = await this.parts.definitions.lookUp(connection, definition);
    if (lookup.found === 'missing') throw new DefinitionNotFound(definition, connection);
    const spec = lookup.found === 'known' ? lookup.definition : null;
    const prepared = portal.platform.prepare(requestOf(fields), spec);
    if (prepared.unsupported !== null) throw new Unsupported(prepared.unsupported);
    return { portal, spec, prepared };
  }

  async #goodStart(
    command: StartCommand,
    { portal, spec, prepared }: Ready,
  ): Promise<Pick<GoodStart, 'input' | 'closedVariables'>> {
    const { fields, by, key } = command;
    const createdAt = this.parts.clock.now();
    const within = fields.startWithinSeconds ?? portal.connection.limits.startWithinSeconds;
    const id = uuidv7();
    const names = await this.parts.sensitive.of(portal.connection.key, fields.definition);
    const shown = portal.kind.showVariables?.(fields.definition, fields.variables) ?? fields.variables;
    const kept = this.parts.sealed.kept(id, fields.variables, names, shown);
    const input: ProcessInput = {
      id,
      connection: portal.connection.key,
      portal: portal.connection.portal,
      platform: portal.kind.platform,
      definition: fields.definition,
      definitionName: spec?.name ?? null,
      subject: prepared.subject,
      variables: kept.variables,
      sensitive: kept.sensitive ?? null,
      sealedVariables: kept.sealedVariables ?? null,
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
      runId: runIdOf(await this.parts.reader.installation(), by.id, key.key),
      clientId: by.id,
      createdBy: by.name,
      retryOf: command.retryOf,
      createdAt,
    };
    // What is too large or too private to be shown is not kept longer than it is needed.
    return { input, closedVariables: shown === fields.variables ? null : kept.variables };
  }
}

/** @param signing  the definitions that send documents to be signed @throws SigningNotAllowed, StartNotAllowed */
export function requireScope({ mayStart, maySign }: Client, definition: string, signing: readonly string[]): void {
  const signs = signing.includes(definition);
  if (signs && !maySign) throw new SigningNotAllowed(definition);
  if (!signs && !mayStart) throw new StartNotAllowed(definition);
}

/** A definition that takes any text in the place of these variables. */
function asTexts(spec: Definition, names: readonly string[]): Definition {
  const parameters = spec.parameters.map((parameter): Parameter =>
    names.includes(parameter.name) ? { ...parameter, type: 'text', multiple: false, options: null } : parameter,
  );
  return { ...spec, parameters };
}

function requestOf(fields: StartFields): Omit<StartOrder, 'processId' | 'runId' | 'spec'> {
  const { definition, subject, variables, results, options } = fields;
  return { definition, subject, variables, results, options };
}
