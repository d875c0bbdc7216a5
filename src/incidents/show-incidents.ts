import type { Visibility } from '../processes/process.reader.js';
import type { Process } from '../processes/process.js';
import { NotFound } from '../processes/process.errors.js';
import { actionsOf } from './actions.js';
import type { IncidentWithProcess } from './incident-record.js';
import type { IncidentFilter, IncidentStore } from './incident.store.js';

/** The ids that the gateway chose for runs, where portals keep them. */
export interface KeptRunIds {
  /** `null`: none was chosen. */
  idOf(process: Process): Promise<string | null>;
  areKept(connection: string): Promise<boolean>;
}

/** Shows incidents, with what is known at this moment of the runs that may be meant. */
export class ShowIncidents {
  constructor(
    private readonly incidents: IncidentStore,
    private readonly runIds: KeptRunIds,
  ) {}

  /** @throws NotFound  also where this caller may not see it */
  async one(id: string, visible: Visibility): Promise<IncidentWithProcess> {
    const found = await this.incidents.find(id, visible);
    if (!found) throw new NotFound(`incident ${id}`);
    return this.shown(found);
  }

  async page(filter: IncidentFilter, before: string | null, limit: number): Promise<readonly IncidentWithProcess[]> {
    const found = await this.incidents.list(filter, before, limit);
    const kept = new Map<string, Promise<boolean>>();
    return Promise.all(found.map((one) => this.shown(one, kept)));
  }

  /** With the run that a resend would meet again, where its portal keeps run ids. */
  async shown(found: IncidentWithProcess, kept = new Map<string, Promise<boolean>>()): Promise<IncidentWithProcess> {
    const { incident, process } = found;
    if (!process || !actionsOf(found).includes('resend')) return found;
    const nativeId = await this.runIds.idOf(process);
    if (nativeId === null) return found;
    const areKept = kept.get(process.connection) ?? this.runIds.areKept(process.connection);
    kept.set(process.connection, areKept);
    if (!(await areKept)) return found;
    const others = incident.candidates.filter((candidate) => candidate.nativeId !== nativeId);
    return { ...found, incident: { ...incident, candidates: [...others, { nativeId, reasons: safe }] } };
  }
}

const safe = [
  'The id that the gateway chose for this run; the portal did not list it, so the run has ended or never began.',
  'Resend is safe: it carries the same id, and this portal keeps run ids, so it does not run it twice; unless runIds was off when it was sent first, or somebody killed that run.',
];
