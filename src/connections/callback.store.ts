import type { AccessCallback, ElementCallback, RunCallback, ToldElement } from '../platforms/callback.js';

/** Whose callback it is. */
export interface CallbackSource {
  readonly connection: string;
  /** The origin of its portal. */
  readonly portal: string;
}

/** An element that a portal told of, its secret sealed. */
export type SealedElement = CallbackSource &
  Omit<ElementCallback, 'secret'> & {
    readonly secretSealed: Buffer;
  };

/** What a portal told that somebody has to look into. */
export type ToldLater = CallbackSource &
  (
    | (Omit<RunCallback, 'same'> & { readonly kind: 'run' })
    | (Omit<AccessCallback, 'same'> & { readonly kind: 'access' })
  );

/** A callback that is taken to be handled. */
export type DueCallback = ToldLater & {
  readonly id: string;
  /** How often it was taken, this time too. */
  readonly tries: number;
  /** Whose run it is about; `null`: nobody's that is known. */
  readonly processId: string | null;
};

/** What portals told by themselves; each method is durable when it resolves. */
export interface CallbackStore {
  /** False: it was told before, and nothing is written. */
  keepElement(element: SealedElement): Promise<boolean>;
  /** @param digest  of what makes it the same when it is told twice. False: it was told before. */
  keep(callback: ToldLater, digest: Buffer): Promise<boolean>;
  /**
   * Takes what is due, `atOnce` of each connection at most and none of those in `but`; after `leaseSeconds` it is due again,
   * should this replica die.
   */
  take(how: {
    readonly atOnce: number;
    readonly leaseSeconds: number;
    readonly but: readonly string[];
  }): Promise<readonly DueCallback[]>;
  handled(callbackId: string): Promise<void>;
  /** Due again after a while. */
  postpone(callbackId: string, seconds: number): Promise<void>;
  /** Forgets what was handled so long ago, and elements that were told of then, of runs that are nobody's. */
  forget(handledBeforeDays: number): Promise<void>;
  /** `null`: this portal never told of it. */
  element(
    portal: string,
    nativeId: string,
  ): Promise<{ readonly secretSealed: Buffer; readonly state: ToldElement['state'] } | null>;
  /** Runs that this portal told of since then and that are no process's, newest first; at most 50. */
  unknownRuns(portal: string, definition: string, since: Date): Promise<readonly string[]>;
}
export const CallbackStore = Symbol('CallbackStore');
