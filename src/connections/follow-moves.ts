import type { Resolve } from '../lib/egress-address.js';
import type { EgressRules } from '../lib/egress-rules.js';
import { KnownError } from '../lib/known-error.js';
import type { Log } from '../lib/log.js';
import { hostOf } from '../lib/origin.js';
import type { Followed, PlatformKind } from '../platforms/platform-kind.js';
import { readBaseUrl, refuseInward } from './addresses.js';
import { ConnectionUnfit } from './connection.errors.js';
import type { Connection } from './connection.js';
import type { MoveStore } from './move.store.js';

export interface FollowMovesParts {
  readonly store: MoveStore;
  readonly egress: EgressRules;
  readonly log: Log;
  /** Absent: the system's resolver. */
  readonly resolve?: Resolve;
}

const reasons = {
  refused: 'It has moved in a circle, or too often within one day.',
  named:
    'There are processes at that address already, and one run could become two of them. ' +
    'Start through a connection with that address from now on, and close the open processes of this one by a word.',
};

/** Brings connections to the new addresses of their portals, where these may be called. */
export class FollowMoves {
  constructor(private readonly parts: FollowMovesParts) {}

  /**
   * @param to  the portal's word; it came on a connection that was guarded, and is guarded itself before it is kept
   * @returns `unknown` where that could not be stored. Never throws: what was asked of the portal has a verdict already
   */
  async follow({ key, baseUrl: from }: Connection, kind: PlatformKind, to: string): Promise<Followed> {
    const { store, egress, log, resolve } = this.parts;
    try {
      const read = readBaseUrl(kind, to);
      if ('faults' in read) throw new ConnectionUnfit(read.faults);
      await refuseInward([{ pointer: '/baseUrl', url: read.value }], egress, resolve);
      const answer = await store.move({ connectionKey: key, from, to: read.value });
      if (answer === 'refused' || answer === 'named') return { refused: reasons[answer] };
      if (answer === 'moved') log.warn('connection.moved', { connection: key, from: hostOf(from), to: hostOf(to) });
      return 'followed';
    } catch (error) {
      if (error instanceof KnownError) return { refused: error.message };
      log.error('connection.move-failed', { connection: key, error });
      return 'unknown';
    }
  }
}
