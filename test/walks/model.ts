import type { JsonObject } from '../../src/lib/json.js';
import type { PlatformName } from './portals.js';

/** What a caller was told of its process, as far as it has to hold later. */
export interface Told {
  readonly id: string;
  readonly state: string;
  readonly nativeId: string | null;
  readonly evidence: string | null;
  readonly revision: number;
}

/** One start of a walk, under one key and with one unique value. */
export interface ModelStart {
  readonly name: string;
  readonly key: string;
  readonly unique: string;
  readonly platform: PlatformName;
  readonly body: JsonObject;
  /** The ids of processes that its caller was told. */
  readonly ids: Set<string>;
  /** Every photograph that its caller has got of it, in the order of getting them. */
  readonly told: Told[];
  /** No answer has come yet that says whether it was accepted. */
  isOpen: boolean;
  /** Every answer so far said that nothing happened. */
  nothingHappened: boolean;
  /** When the caller heard that a stop is accepted, in milliseconds of the wall clock; `null`: none is. */
  stopAcceptedAtMs: number | null;
  /** How often a person ordered it sent again. */
  resends: number;
}

/** What is true of a walk whatever the gateway does: what was asked of it, and what has gone wrong around it. */
export interface Model {
  readonly starts: ModelStart[];
  /** How often each kind of fault was let in, by its name. */
  readonly faults: Map<string, number>;
  /** Answers that no caller should ever get. */
  readonly odd: string[];
  /** Whether lost starts of Bitrix24 are found by the run ids that it keeps. */
  readonly findsByIds: boolean;
}

export function newModel(findsByIds: boolean): Model {
  return { starts: [], faults: new Map(), odd: [], findsByIds };
}

export function faulted(model: Model, kind: string): void {
  model.faults.set(kind, (model.faults.get(kind) ?? 0) + 1);
}
