import { KnownError } from '../lib/known-error.js';

/** The incident, as it stands, does not take this action. */
export class ActionNotPossible extends KnownError {
  override readonly name = 'ActionNotPossible';
  readonly code = 'invalid-state';
}

export type IncidentError = ActionNotPossible;
