import { valueFault } from '../lib/fault.js';
import { isJsonObject, type Json } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import type { Run } from '../platforms/run.js';
import type { Client } from '../processes/client.js';
import type { GiveWord } from '../processes/give-word.js';
import type { Holds } from '../processes/hold.js';
import type { IdempotencyKey, Remembered } from '../processes/idempotency.js';
import type { Resolution } from '../processes/incident.js';
import type { PersonsWord } from '../processes/persons-word.js';
import type { Process } from '../processes/process.js';
import { Invalid, NotFound } from '../processes/process.errors.js';
import { actionsOf, type IncidentAction } from './actions.js';
import { ActionNotPossible } from './incident.errors.js';
import type { Incident, IncidentWithProcess } from './incident-record.js';
import type { IncidentStore } from './incident.store.js';

/** A person's answer to an incident. */
export interface ResolveCommand {
  readonly incidentId: string;
  readonly action: IncidentAction;
  readonly nativeId: string | null;
  /** The held start, for an incident of no process. */
  readonly processId: string | null;
  readonly reason: string;
  readonly by: Client;
  readonly key: IdempotencyKey;
  /** Throws where the person has not seen the incident at this version. */
  readonly requireVersion: (version: number) => void;
}

/** The incident after it; `replayed`: the same was said before, under the same key. */
export interface Resolved extends IncidentWithProcess {
  readonly replayed: boolean;
}

export interface ResolveIncidentParts {
  readonly incidents: IncidentStore;
  readonly words: Pick<GiveWord, 'give' | 'remembered'>;
  readonly holds: Holds;
  readonly log: Log;
  /** How a run stands at its platform; `null`: not listed, which proves nothing there. */
  sightOf(process: Process, nativeId: string): Promise<Run | null>;
  /** What it proves at a platform that no run is found; `null`: there is no such connection any more. */
  absenceAt(connection: string): Promise<string | null>;
  /** Seconds that a request may live at the slowest of all connections. */
  longestLifeSeconds(): Promise<number>;
}

/** Carries out what people decide about incidents. */
export class ResolveIncident {
  constructor(private readonly parts: ResolveIncidentParts) {}

  /**
   * @throws NotFound, ActionNotPossible, InvalidState, RunTaken, Invalid, KeyReused, HoldTooYoung, LiveReadError and what
   * `requireVersion` throws: nothing is written
   */
  async resolve(command: ResolveCommand): Promise<Resolved> {
    const remembered = await this.parts.words.remembered(command.key);
    if (remembered) return this.#replayed(command, remembered);
    const seen = await this.#seen(command);
    const known = await (seen.incident.processId === null && command.action !== 'adopt'
      ? this.#end(command, seen.incident)
      : this.#speak(command, seen.incident));
    if (known) return this.#replayed(command, known);
    this.#tell(command, seen.incident);
    return { ...(await this.#found(command)), replayed: false };
  }

  /** The incident as this command may be given to it. */
  async #seen(command: ResolveCommand): Promise<IncidentWithProcess> {
    const found = await this.#found(command);
    const { incident } = found;
    command.requireVersion(incident.version);
    if (incident.state === 'resolved') throw new ActionNotPossible(`Incident ${incident.id} is resolved already.`);
    const actions = actionsOf(found);
    if (!actions.includes(command.action)) {
      const may = actions.length === 0 ? 'nothing can be done about it' : `it takes ${actions.join(', ')}`;
      const why = command.action === 'resend' && found.isStopped ? ' A stop was accepted.' : '';
      throw new ActionNotPossible(`Incident ${incident.id} does not take ${command.action} now; ${may}.${why}`);
    }
    return found;
  }

  async #found({ incidentId, by }: ResolveCommand): Promise<IncidentWithProcess> {
    const found = await this.parts.incidents.find(incidentId, by.visible);
    if (!found) throw new NotFound(`incident ${incidentId}`);
    return found;
  }

  /** Of a process: it changes with its incident. @returns what stood under the key, where another was first with it */
  async #speak(command: ResolveCommand, incident: Incident): Promise<Remembered | null> {
    const isHeldStart = incident.processId === null;
    const processId = incident.processId ?? command.processId;
    if (processId === null) throw missing('processId', 'Name the process whose held start has run.');
    if (command.processId !== null && command.processId !== processId) {
      throw new Invalid([valueFault('/processId', 'not-its-own', `Leave it out: the incident is of ${processId}.`)]);
    }
    const given = await this.parts.words.give({
      processId,
      by: command.by,
      key: command.key,
      reason: command.reason,
      wording: wordingOf(command.action, isHeldStart),
      word: (process) => this.#wordOn(process, command, incident),
      incident: async () => {
        const { incident: now } = await this.#seen(command);
        return { id: now.id, version: now.version };
      },
      kept: keptOf(incident, isHeldStart ? processId : null),
    });
    return given.is === 'known' ? given.remembered : null;
  }

  async #wordOn(process: Process, { action, nativeId }: ResolveCommand, { kind }: Incident): Promise<PersonsWord> {
    switch (action) {
      case 'adopt': {
        if (nativeId === null) throw missing('nativeId', 'Name the run at the platform.');
        const run = await this.parts.sightOf(process, nativeId);
        return { does: 'adopt', nativeId, run, isHeldStart: kind === 'database-restored' };
      }
      case 'confirm_not_started':
        return { does: 'confirm_not_started', note: await this.parts.absenceAt(process.connection) };
      case 'resend':
        return { does: 'resend' };
      case 'acknowledge':
      case 'release':
        return { does: 'acknowledge', kind };
    }
  }

  /** Of no process. A hold is released first: should this replica die then, the same command ends the incident. */
  async #end({ action, by, reason, ...command }: ResolveCommand, incident: Incident): Promise<Remembered | null> {
    const { incidents, holds } = this.parts;
    const isRelease = action === 'release';
    const hold = isRelease ? await holds.current() : null;
    if (hold) await holds.release(hold.id, by.name, await this.parts.longestLifeSeconds());
    const resolution: Resolution = { action, by: by.name, reason, nativeId: null, note: null };
    const { id: incidentId, version } = incident;
    const kept = keptOf(incident, null);
    const ended = await incidents.end({
      incidentId,
      version,
      resolution,
      key: command.key,
      kept,
      onlyUnheld: isRelease,
    });
    if (ended === 'ended') return null;
    if (ended !== 'stale') return (await this.parts.words.remembered(command.key)) && ended;
    await this.#seen({ action, by, reason, ...command });
    throw new ActionNotPossible(
      `Another difference of the database was noticed; look at incident ${incidentId} again.`,
    );
  }

  /** What was answered then: a resolved incident never changes, one that went on is shown as it was. */
  async #replayed(command: ResolveCommand, { answer }: Remembered): Promise<Resolved> {
    const found = await this.#found(command);
    const then = goneOn(answer?.extra ?? null);
    return { ...found, incident: { ...found.incident, ...then }, replayed: true };
  }

  #tell({ action, by, nativeId }: ResolveCommand, { id, kind, connection, processId }: Incident): void {
    this.parts.log.info('incident.resolved', {
      incidentId: id,
      kind,
      action,
      by: by.name,
      connection,
      processId,
      nativeId,
    });
  }
}

function wordingOf(action: IncidentAction, isHeldStart: boolean): Parameters<GiveWord['give']>[0]['wording'] {
  if (action === 'adopt') return { does: 'adopt', isHeldStart };
  return { does: action === 'release' ? 'acknowledge' : action };
}

function missing(field: string, message: string): Invalid {
  return new Invalid([valueFault(`/${field}`, 'required', message)]);
}

/** Kept under the key: which incident, and how it went on where it is not resolved by this. */
function keptOf({ id, version, relatedProcessIds }: Incident, named: string | null): Json {
  return named === null
    ? { incidentId: id }
    : { incidentId: id, goesOn: { version: version + 1, relatedProcessIds: [...relatedProcessIds, named] } };
}

function goneOn(kept: Json): Partial<Incident> | null {
  const then = isJsonObject(kept) ? kept['goesOn'] : undefined;
  if (!isJsonObject(then)) return null;
  const { version, relatedProcessIds } = then;
  if (typeof version !== 'number' || !Array.isArray(relatedProcessIds)) return null;
  const ids = relatedProcessIds.filter((id) => typeof id === 'string');
  return { version, relatedProcessIds: ids, state: 'open', resolution: null, resolvedAt: null };
}
