import { uuidv7 } from '../lib/uuid.js';
import type { Definitions } from '../connections/definitions.js';
import type { Portal, Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import { valueFault } from '../lib/fault.js';
import type { Log } from '../lib/log.js';
import type { NativeRunName, NativeRunSight } from '../platforms/native-run.js';
import { adopted } from './adopted.js';
import { RunHeldByProcess, RunNotShown, RunSuspected } from './adoption.errors.js';
import type { AdoptionStore, AdoptionWritten } from './adoption.store.js';
import { mayUse, sees, type Client } from './client.js';
import { decide, type IdempotencyKey, type Remembered } from './idempotency.js';
import type { Process, ProcessInput } from './process.js';
import { DefinitionNotFound, Invalid, KeyReused, NotFound } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import type { SensitiveVariables } from './sensitive-variables.js';
import { requireScope } from './start-process.js';

export interface AdoptCommand {
  readonly connection: string;
  readonly nativeId: string;
  /** What the caller holds it to be a run of; `null`: whatever the platform tells. */
  readonly definition: string | null;
  readonly by: Client;
  readonly key: IdempotencyKey;
}

/** Adopted now, or before under the same key. */
export type AdoptionGiven =
  { readonly is: 'given'; readonly process: Process } | { readonly is: 'known'; readonly remembered: Remembered };

export interface AdoptRunParts {
  readonly store: AdoptionStore;
  readonly reader: Pick<ProcessReader, 'remembered'>;
  readonly portals: Portals;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly log: Log;
  readonly sensitive: Pick<SensitiveVariables, 'of'>;
  /** A run as its platform shows it now; `null`: it shows none. @throws Unsupported, LiveReadError */
  sightOf(portal: Portal, name: NativeRunName): Promise<NativeRunSight | null>;
}

/** Brings runs under management that the gateway did not start. Nothing is sent but reads. */
export class AdoptRun {
  constructor(private readonly parts: AdoptRunParts) {}

  /**
   * @throws NotFound, DefinitionNotFound, RunNotShown, Invalid, Unsupported, SigningNotAllowed, StartNotAllowed, KeyReused, RunHeldByProcess,
   *   RunSuspected, LiveReadError: nothing is written and the key is free
   */
  async adopt(command: AdoptCommand): Promise<AdoptionGiven> {
    const { by, key } = command;
    const remembered = await this.parts.reader.remembered(by.id, key.key);
    if (remembered) return known(remembered, key);
    const portal = await this.#portalOf(command);
    const sight = await this.parts.sightOf(portal, command);
    if (!sight || isHidden(sight, by)) throw new RunNotShown(command.nativeId, portal.kind.name);
    const definition = definitionOf(sight, command);
    requireMay(portal, definition, by);
    const input = await this.#inputOf(command, portal, { definition, subject: sight.run.subject });
    const written = await this.parts.store.adopt({
      adopted: adopted(input, sight, this.parts.clock.now()),
      key,
      startedAt: sight.run.startedAt,
      anyLane: portal.kind.signing.includes(definition),
    });
    return this.#given(command, portal, written);
  }

  async #portalOf({ connection, definition, by }: AdoptCommand): Promise<Portal> {
    const portal = mayUse(by.visible.connections, connection) ? await this.parts.portals.of(connection) : null;
    if (!portal) throw new NotFound(`connection "${connection}"`);
    if (definition !== null) {
      if (!portal.platform.namesDefinition(definition)) throw new DefinitionNotFound(definition, connection);
      requireMay(portal, definition, by);
    }
    return portal;
  }

  async #inputOf(
    { connection, by }: AdoptCommand,
    portal: Portal,
    { definition, subject }: Pick<ProcessInput, 'definition' | 'subject'>,
  ): Promise<ProcessInput> {
    const request = { definition, subject, variables: {}, results: [], options: {} };
    const lookup = await this.parts.definitions.lookUp(connection, definition);
    return {
      ...request,
      sensitive: await this.parts.sensitive.of(connection, definition),
      id: uuidv7(),
      connection,
      portal: portal.connection.portal,
      platform: portal.kind.platform,
      definitionName: lookup.found === 'known' ? lookup.definition.name : null,
      spec: null,
      businessKey: null,
      tags: [],
      metadata: {},
      startBefore: null,
      startWithinSeconds: null,
      onIndeterminate: 'block',
      lane: `${portal.connection.portal}|${portal.platform.laneOf(request).key}`,
      runId: null,
      clientId: by.id,
      createdBy: by.name,
      retryOf: null,
      createdAt: this.parts.clock.now(),
    };
  }

  #given({ nativeId, by, key }: AdoptCommand, { kind }: Portal, written: AdoptionWritten): AdoptionGiven {
    switch (written.outcome) {
      case 'known':
        return known(written.remembered, key);
      case 'taken':
        // The run of a process that this caller may not see is not there for it either.
        if (written.by && !sees(by, written.by)) throw new RunNotShown(nativeId, kind.name);
        throw new RunHeldByProcess(nativeId, written.by?.id ?? null);
      case 'suspected': {
        const { process, incidentId } = written.suspect;
        throw new RunSuspected(nativeId, sees(by, process) ? { processId: process.id, incidentId } : null);
      }
      case 'adopted': {
        const { id: processId, connection } = written.process;
        this.parts.log.info('process.adopted', { processId, connection, nativeId, by: by.name });
        return { is: 'given', process: written.process };
      }
    }
  }
}

function known(remembered: Remembered, { key, fingerprint }: IdempotencyKey): AdoptionGiven {
  if (decide(remembered, fingerprint).do === 'refuse') throw new KeyReused(key);
  return { is: 'known', remembered };
}

/** Whoever may not see a definition learns nothing of its runs, not even that there is one. */
function isHidden({ run: { definition } }: NativeRunSight, by: Client): boolean {
  return definition !== null && !mayUse(by.visible.definitions, definition);
}

function definitionOf({ run }: NativeRunSight, { definition, nativeId }: AdoptCommand): string {
  if (run.definition !== null && definition !== null && run.definition !== definition) {
    const message = `The run ${nativeId} is of "${run.definition}"; send that, or leave this out.`;
    throw new Invalid([valueFault('/definition', 'wrong-value', message)]);
  }
  const told = run.definition ?? definition;
  if (told !== null) return told;
  const message = 'The platform does not tell what this run was started from; say it here.';
  throw new Invalid([valueFault('/definition', 'required', message)]);
}

function requireMay({ kind, connection }: Portal, definition: string, by: Client): void {
  if (!mayUse(by.visible.definitions, definition)) throw new DefinitionNotFound(definition, connection.key);
  requireScope(by, definition, kind.signing);
}
