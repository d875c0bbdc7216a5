import type { ProblemKind } from './problem-kind.js';

const kind = (status: number, title: string, meaning: string, remedy: string): ProblemKind => ({
  status,
  title,
  retryable: false,
  meaning,
  remedy,
});

const retryable = (status: number, title: string, meaning: string, remedy: string): ProblemKind => ({
  ...kind(status, title, meaning, remedy),
  retryable: true,
});

/** Why a well-formed request was not carried out. */
export const problemsOfCommands = {
  'not-assignee': kind(
    403,
    'Not the assignee',
    'The task is not assigned to the user for whom it was to be completed.',
    'Name an assignee of the task, or delegate it first.',
  ),
  'definition-not-found': kind(
    404,
    'Definition not found',
    'The platform has no such definition that could be started.',
    'List the definitions of the connection and name one of them.',
  ),
  'idempotency-in-progress': retryable(
    409,
    'Being accepted',
    'The first request with this key is being accepted at this moment.',
    'Repeat the same request with the same key after Retry-After.',
  ),
  'business-key-conflict': kind(
    409,
    'Business key in use',
    'A process with this business key is not closed yet, and the request asked for a refusal then.',
    'Look at the process that `processId` names, or use another onBusinessKeyConflict.',
  ),
  'invalid-state': kind(
    409,
    'Not in this state',
    'The state that it is in does not allow this command.',
    'Read it again; its `links` name the commands that are possible now.',
  ),
  'process-indeterminate': kind(
    409,
    'Run not identified',
    'It is not known yet which run at the platform belongs to this process, so it cannot be commanded.',
    'Wait until it is identified, or send `whenFound: true` to have the command wait.',
  ),
  'task-already-completed': kind(
    409,
    'Task already completed',
    'Somebody completed this task before.',
    'Read the task; nothing is left to do.',
  ),
  'connection-reauthorization-required': retryable(
    409,
    'Connection needs credentials',
    'The platform no longer accepts the credentials of this connection.',
    'Have an operator renew them; then repeat the request with the same key.',
  ),
  conflict: kind(
    409,
    'Conflict',
    'The request contradicts what exists: a name that is taken, or something that is still in use.',
    'Read `detail`, and change the one or the other.',
  ),
  'process-closed': kind(
    410,
    'Process closed',
    'The process is over, so there is nothing left to command; `process` holds how it ended.',
    'Nothing to do; start a new process where one is needed.',
  ),
  'cursor-expired': kind(
    410,
    'Cursor expired',
    'What follows this cursor may be gone: it is older than the retention, or the database was put back since.',
    'Begin again without a cursor, and take the present from the lists.',
  ),
  'idempotency-key-reused': kind(
    422,
    'Key used for another request',
    'This Idempotency-Key belongs to an earlier request with another body.',
    'Use a new key for a new command, and the old body for a repetition.',
  ),
  'capability-not-supported': kind(
    422,
    'Not possible there',
    'The platform, or this connection, cannot do that at all.',
    'Read the capabilities of the connection; they say what is possible and why.',
  ),
  'platform-rejected': kind(
    422,
    'Refused by the platform',
    'The platform refused the call, and nothing ran; `platform` holds its own words.',
    'Mend what the platform names; a new try needs a new key, or the command retry.',
  ),
  'platform-permission-denied': kind(
    422,
    'Not permitted at the platform',
    'The technical user of the connection may not do that at the platform.',
    'Have the right granted to that user, then try again with a new key.',
  ),
  'plan-restricted': kind(
    422,
    'Not in the tariff',
    'The tariff of the portal forbids this command or read.',
    'Change the tariff, or do without.',
  ),
  'egress-denied': kind(
    422,
    'Address not allowed to be called',
    'The gateway must not call this address: it is private, not https, or not an address of a server.',
    'Use a public https address, or have the operator permit it with EGRESS_ALLOW or EGRESS_HTTP.',
  ),
  'live-read-failed': kind(
    424,
    'Live read failed',
    'The platform could not be asked just now; `process` holds what the gateway knows.',
    'Use the stored copy, or ask again later.',
  ),
  'quota-exceeded': retryable(
    429,
    'Quota exceeded',
    'The client sent more requests than its quota allows.',
    'Repeat after Retry-After.',
  ),
  'queue-full': retryable(
    429,
    'Queue full',
    'As many starts wait for this connection as it may hold.',
    'Repeat the same request with the same key after Retry-After.',
  ),
} as const satisfies Record<string, ProblemKind>;
