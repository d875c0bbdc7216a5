import type { Attempt, Claimed } from '../processes/operation.js';
import { columnsOf } from './array-columns.js';
import { changeArrays, type ReadyChange } from './change-columns.js';

/** An intent with what is worked out of it once. */
export interface ReadyIntent extends ReadyChange {
  readonly claimed: Claimed;
  readonly attempt: Attempt;
}

const { uuid, text, int, bigint, float } = columnsOf<ReadyIntent>();

/** An intent, by the names that the statement has for it. */
export const intentArrays = {
  operation_id: uuid(({ claimed }) => claimed.operation.id),
  token: bigint(({ claimed }) => claimed.lease.fencingToken),
  attempt_id: uuid(({ attempt }) => attempt.id),
  attempt_number: int(({ attempt }) => attempt.number),
  // That of a start stands in its lane.
  attempt_lane: text(({ claimed: { operation, process } }) => (operation.kind === 'start' ? process.lane : null)),
  chosen_id: text(({ attempt }) => attempt.chosenId),
  life_seconds: float(({ attempt }) => attempt.lifeSeconds),
  batch_id: uuid(({ attempt }) => attempt.batchId),
  ...changeArrays,
};
