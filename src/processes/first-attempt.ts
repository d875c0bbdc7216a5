import { uuidv7 } from '../lib/uuid.js';
import type { Client } from './client.js';
import type { IdempotencyKey } from './idempotency.js';
import type { Attempt, AttemptTerms, Operation } from './operation.js';
import type { Process } from './process.js';

/** Whose command it is, and under which key. */
interface Ordered {
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly traceId: string;
}

/** The operation of a new start; its id is new. */
export function startOperation(process: Process, command: Ordered, state: 'queued' | 'sending'): Operation {
  return {
    id: uuidv7(),
    processId: process.id,
    connection: process.connection,
    kind: 'start',
    state,
    clientId: command.by.id,
    key: command.key.key,
    traceId: command.traceId,
    input: {},
    dueAt: process.createdAt,
    attempts: state === 'sending' ? 1 : 0,
    createdAt: process.createdAt,
  };
}

/** The attempt that a start makes at once; its answer is open. */
export function firstAttempt(operation: Operation, how: AttemptTerms): Attempt {
  return {
    id: uuidv7(),
    operationId: operation.id,
    processId: operation.processId,
    number: 1,
    kind: 'send',
    ...how,
    class: null,
    sentAt: operation.createdAt,
    answeredAt: null,
    nativeId: null,
    nativeFault: null,
    message: null,
  };
}
