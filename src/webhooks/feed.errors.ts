import { KnownError } from '../lib/known-error.js';

/** What followed the cursor may not be there any more, so reading on from it could miss something. */
export class CursorExpired extends KnownError {
  override readonly name = 'CursorExpired';
  readonly code = 'cursor-expired';

  constructor(why: string, options?: ErrorOptions) {
    super(
      `${why} Begin anew: without "after" from the oldest event that is kept, with "after=latest" from now on.`,
      options,
    );
  }
}

/** This database has never been so far: the position is one of another. */
export class PositionUnknown extends Error {
  override readonly name = 'PositionUnknown';
}

export type FeedError = CursorExpired;
