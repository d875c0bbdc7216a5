import type { Json } from '../lib/json.js';
import type { IdempotencyKey, Remembered } from '../processes/idempotency.js';
import type { IncidentKind, Resolution } from '../processes/incident.js';
import type { Visibility } from '../processes/process.reader.js';
import type { IncidentWithProcess } from './incident-record.js';

/** Each list means "one of"; an absent field means "any". */
export interface IncidentFilter {
  readonly state?: readonly string[];
  readonly connection?: readonly string[];
  readonly kind?: readonly string[];
  readonly visible: Visibility;
}

/** The end of an incident that is about no process, or whose process stays as it is. */
export interface Ending {
  readonly incidentId: string;
  /** As it was seen: at another version nothing is written. */
  readonly version: number;
  readonly resolution: Resolution;
  readonly key: IdempotencyKey;
  /** Kept under the key. */
  readonly kept: Json;
  /** Only while no restored database is held. */
  readonly onlyUnheld: boolean;
}

/**
 * Incidents as they are kept. Where they are open, runs that belong to another process meanwhile are no candidates. A
 * caller sees those of processes and connections that it may see; those of neither are for callers that may see all.
 */
export interface IncidentStore {
  /** `null`: there is none, or this caller may not see it. */
  find(id: string, visible: Visibility): Promise<IncidentWithProcess | null>;
  /** Newest first. @param before  only those older than this one */
  list(filter: IncidentFilter, before: string | null, limit: number): Promise<readonly IncidentWithProcess[]>;
  /**
   * Ends an incident that is about no process.
   *
   * @returns `stale`: it has changed, or a database is held; nothing is written. What stands under the key, where somebody
   * was first with it
   */
  end(ending: Ending): Promise<'ended' | 'stale' | Remembered>;
  /** How many are open, by kind. */
  open(): Promise<ReadonlyMap<IncidentKind, number>>;
}
export const IncidentStore = Symbol('IncidentStore');
