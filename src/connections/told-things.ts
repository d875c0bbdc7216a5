import type { ToldThings } from '../platforms/callback.js';
import type { CallbackStore } from './callback.store.js';
import type { ElementSecrets } from './element-secrets.js';

/** Gives the adapters of portals back what these told by themselves. */
export class ToldAtPortals {
  constructor(
    private readonly store: Pick<CallbackStore, 'element' | 'unknownRuns'>,
    private readonly secrets: ElementSecrets,
  ) {}

  /** @param portal  as its runs are kept under it */
  at(portal: string): ToldThings {
    return {
      element: async (nativeId) => {
        const kept = await this.store.element(portal, nativeId);
        return kept && { state: kept.state, secret: this.secrets.open(portal, nativeId, kept.secretSealed) };
      },
      unknownRuns: (definition, since) => this.store.unknownRuns(portal, definition, since),
    };
  }
}
