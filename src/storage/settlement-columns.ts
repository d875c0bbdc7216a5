import type { Settlement } from '../processes/process.store.js';
import { columnsOf } from './array-columns.js';
import { changeArrays, type ReadyChange } from './change-columns.js';

/** A settlement with what is worked out of it once. */
export interface ReadySettlement extends ReadyChange {
  readonly settlement: Settlement;
  /** The photograph that its key keeps, as JSON; `null`: it keeps none. */
  readonly answer: string | null;
}

const { uuid, text, word, bigint, float, jsonText, jsonb } = columnsOf<ReadySettlement>();

/** A settlement, by the names that the statement has for it. */
export const settlementArrays = {
  operation_id: uuid(({ settlement }) => settlement.lease.operationId),
  token: bigint(({ settlement }) => settlement.lease.fencingToken),
  attempt_id: uuid(({ settlement: { attempt } }) => attempt && attempt.id),
  class: word(({ settlement: { attempt } }) => attempt && attempt.class),
  answer_native_id: text(({ settlement: { attempt } }) => attempt && attempt.nativeId),
  native_fault: jsonb(({ settlement: { attempt } }) => attempt && attempt.nativeFault),
  message: text(({ settlement: { attempt } }) => attempt && attempt.message),
  operation_state: word(({ settlement }) => settlement.operation.state),
  due_in_ms: float(({ settlement }) => settlement.operation.retryAfterMs ?? 0),
  reads: uuid(({ settlement }) => settlement.reads),
  answer: jsonText(({ answer }) => answer),
  ...changeArrays,
};
