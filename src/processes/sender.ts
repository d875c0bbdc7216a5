import type { Portal } from '../connections/portals.js';
import type { Intended } from './operation.js';
import type { WaitingFor } from './process.js';

/** A place for one request at a connection; whoever has it must use it or give it back, once. */
export interface Place {
  release(): void;
}

/** Who sends what was accepted. */
export interface Sender {
  /** A place where a start can go out right now, paid from the portal's budget, or why it has to wait. */
  reserve(portal: Portal, definition: string): Promise<Place | WaitingFor>;
  /** Says that a start comes in whose caller waits for nothing; the answer is called when it is accepted, or is not. */
  comes(): () => void;
  /** Whether such starts come faster than they can be sent, so that it is better to accept them first. */
  readonly isRushed: boolean;
  /** Sends an operation whose intent is on disk, in the background; the place is released when it is over. */
  send(intended: Intended, place: Place): void;
  /** Asked before a start is accepted that has to wait. @throws QueueFull */
  assertMayQueue(portal: Portal): void;
  /** Says that a start was accepted that has to wait. */
  queued(connectionKey: string): void;
  /** Says that a start that waited will not be sent. */
  unqueued(connectionKey: string): void;
  /** Says that something became due. */
  wake(): void;
}

export function isPlace(given: Place | WaitingFor): given is Place {
  return 'release' in given;
}
