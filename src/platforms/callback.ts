import type { Form } from '../lib/form.js';
import type { JsonObject } from '../lib/json.js';

/** What a portal told by itself, freed of everything that must not be kept. */
export type Callback =
  | ({ readonly is: 'element' } & ElementCallback)
  | ({ readonly is: 'run' } & RunCallback)
  | ({ readonly is: 'access' } & AccessCallback)
  | ({ readonly is: 'report' } & ReportCallback);

/** A run has reached an element, and may wait there for us. */
export interface ElementCallback {
  /** The native id of the run. */
  readonly runId: string;
  /** The element's, no secret; the same when it is told twice. At most 255 characters. */
  readonly nativeId: string;
  readonly name: string;
  readonly type: string;
  /** Whether the run waits until the element is completed. */
  readonly waits: boolean;
  /** How long it waits at most; `null`: for ever, or it does not wait. */
  readonly waitsSeconds: number | null;
  /** The credential with which it is completed. Kept sealed only, never shown or logged. */
  readonly secret: string;
}

/** A run may stand otherwise than before. It is no proof of how: the run is to be looked at. */
export interface RunCallback {
  readonly definition: string;
  readonly nativeId: string;
  /** The same text when it is told twice. */
  readonly same: string;
}

/** Our access to the portal has changed. */
export interface AccessCallback {
  /** gone: our credentials are void; renewed: we were installed anew, so that what we had registered there has to be again. */
  readonly change: 'gone' | 'renewed';
  /** A sentence with the remedy. */
  readonly message: string;
  readonly same: string;
}

/** A step of the correlation kit: how far the run has come, by its own word. */
export interface ReportCallback {
  readonly nativeId: string;
  /** Ours, where the run was told it; `null`: not said. */
  readonly processId: string | null;
  readonly outcome: 'started' | 'completed' | 'failed';
  readonly message: string | null;
  readonly result: JsonObject | null;
  /** No secret; the same when it is told twice. */
  readonly reportId: string;
}

/** How a platform's portals tell us something by themselves. */
export interface CallbackReader {
  /**
   * Whether the sender is the portal of these credentials; the time that it takes says nothing of what was wrong. Pure.
   *
   * @param auth  `null`: there is no such connection
   */
  proof(form: Form, auth: JsonObject | null): 'proved' | 'refused' | 'nothing-to-compare';
  /** What a proved callback says; empty: nothing that concerns us. Pure. */
  read(form: Form): readonly Callback[];
}

/** An element that a portal told of, as it is kept. */
export interface ToldElement {
  /** In clear: never log, store or return it. */
  readonly secret: string;
  readonly state: 'waiting' | 'completed' | 'cancelled';
}

/** What of callbacks the house gives back to the adapter of a portal. */
export interface ToldThings {
  /** `null`: this portal never told of it. */
  element(nativeId: string): Promise<ToldElement | null>;
  /** Runs of a definition that the portal told of since then and that belong to no process, newest first; at most 50. */
  unknownRuns(definition: string, since: Date): Promise<readonly string[]>;
}
