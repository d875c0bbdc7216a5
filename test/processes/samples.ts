import { v7 as uuidv7 } from 'uuid';
import type { Attempt, Intended, Operation, OperationKind } from '../../src/processes/operation.js';
import { born, type Process } from '../../src/processes/process.js';
import type { ProcessWatch } from '../../src/processes/process-watch.js';
import { categoryOf, conclusionOf } from '../../src/processes/process-state.js';

export const at = new Date('2026-11-21T12:00:00.000Z');

/** The portal that all connections of the samples lead to. */
export const portal = 'https://portal.example';

/** A time some milliseconds after `at`. */
export function later(ms: number): Date {
  return new Date(at.getTime() + ms);
}

export const clientId = '01994f0e-0000-7000-8000-00000000c11e';

/** A process that is good enough to be stored; say what matters to the test. */
export function aProcess(given: Partial<Process> = {}): Process {
  const state = given.state ?? 'queued';
  const input = {
    id: uuidv7(),
    connection: 'sales',
    portal,
    platform: 'paper',
    definition: '1',
    definitionName: null,
    subject: null,
    variables: {},
    results: [],
    options: {},
    spec: null,
    businessKey: null,
    tags: [],
    metadata: {},
    startBefore: null,
    startWithinSeconds: null,
    onIndeterminate: 'block' as const,
    lane: 'sales|1',
    runId: 'f'.repeat(32),
    clientId,
    createdBy: 'erp',
    retryOf: null,
    createdAt: at,
  };
  return {
    ...born(input, 'queued', null),
    conclusion: conclusionOf[state],
    startedAt: categoryOf[state] === 'open' ? at : null,
    closedAt: categoryOf[state] === 'closed' ? at : null,
    ...given,
  };
}

/** A command on a process. */
export function anOperation(process: Process, kind: OperationKind, given: Partial<Operation> = {}): Operation {
  return {
    id: uuidv7(),
    processId: process.id,
    connection: process.connection,
    kind,
    state: 'queued',
    clientId: process.clientId,
    key: uuidv7(),
    traceId: '0af7651916cd43dd8448eb211c80319c',
    input: {},
    dueAt: at,
    attempts: 0,
    createdAt: at,
    ...given,
  };
}

export function anAttempt(operation: Operation, given: Partial<Attempt> = {}): Attempt {
  return {
    id: uuidv7(),
    operationId: operation.id,
    processId: operation.processId,
    number: 1,
    kind: 'send',
    chosenId: 'f'.repeat(32),
    lifeSeconds: 60,
    batchId: null,
    class: null,
    sentAt: at,
    answeredAt: null,
    nativeId: null,
    nativeFault: null,
    message: null,
    ...given,
  };
}

/** An operation whose intent is on disk. */
export function intended(process: Process, kind: OperationKind, given: Partial<Operation> = {}): Intended {
  const operation = anOperation(process, kind, { state: 'sending', attempts: 1, ...given });
  const lease = { operationId: operation.id, fencingToken: 1n };
  return { operation, process, lease, attempt: anAttempt(operation), issuedAtMs: performance.now() };
}

/** A watch over processes that never hears of a change, and has those who wait look again every 20 ms. */
export function aWatch(): Pick<ProcessWatch, 'changed' | 'watched'> {
  return {
    changed: () => {},
    watched: (_process, untilMs, told) => {
      const timer = setTimeout(() => told(true), Math.min(20, untilMs - performance.now()));
      return () => clearTimeout(timer);
    },
  };
}
