/** A portal's word that it has another address. */
export interface Move {
  readonly connectionKey: string;
  /** The address that the connection had when the portal said so, without a trailing slash. */
  readonly from: string;
  readonly to: string;
}

/**
 * `known`: the connection leads elsewhere already. `refused`: it has been there within a day, or has moved too often.
 * `named`: processes are kept under another name at the new address.
 */
export type MoveAnswer = 'moved' | 'known' | 'refused' | 'named';

/** Addresses of portals that move. */
export interface MoveStore {
  /**
   * Brings the connection to its portal's new address; its runs keep the name that they are kept under, which every
   * connection to that address has from then on, and it is told as an event.
   */
  move(move: Move): Promise<MoveAnswer>;
}
export const MoveStore = Symbol('MoveStore');
