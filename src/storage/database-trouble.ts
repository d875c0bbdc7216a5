import { types } from 'node:util';

const { isNativeError } = types;

/** SQLSTATEs and socket errors that say: not this statement is wrong, the database cannot be used now. */
const states = new Set([
  '53000', // insufficient resources
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '57014', // cancelled, e.g. by statement_timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // starting up or in recovery
  '57P05', // idle session timeout
  '28000', // not let in: its rights or its password were changed
  '28P01',
  '3D000', // the database itself is gone
  '25006', // read-only after a failover
  '40001', // serialization failure: lost a race, again may help
  '40P01', // deadlock
  '55P03', // lock_timeout
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the unix socket of a server that is gone
]);

/** pg says these without a code. */
const messages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end on the pool',
  'Query read timeout',
];

/** A connection stands and is handed to nobody: whether its database is the one of before could not be found out. */
export class DatabaseUnchecked extends Error {
  override readonly name = 'DatabaseUnchecked';

  constructor(cause: unknown) {
    super(
      `Whether the database is the one of before could not be found out: ${cause instanceof Error ? cause.message : 'no reason given'}`,
      { cause },
    );
  }
}

/** Whether an error says that the database cannot be used now, whatever was asked of it. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof DatabaseUnchecked) return true;
  if (!isNativeError(error)) return false;
  const driver: unknown = 'driverError' in error ? error.driverError : error;
  const code: unknown = isNativeError(driver) && 'code' in driver ? driver.code : null;
  const isCoded = typeof code === 'string' && (code.startsWith('08') || states.has(code));
  if (isCoded) return 'driverError' in error || 'severity' in error || isOfSocket(error);
  // The driver gives no code here, only words; they are fixed in its source (pg 8.23, pg-pool 3).
  return messages.some((message) => error.message.startsWith(message));
}

const socketCalls: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo', 'read', 'write']);

// A file that is missing has the same code as a socket that is.
function isOfSocket(error: Error): boolean {
  return 'syscall' in error && socketCalls.has(error.syscall);
}

/** Whether a statement gave up waiting for a lock that somebody else holds. */
export function isLockTimeout(error: unknown): boolean {
  return stateOf(error) === '55P03';
}

/** Whether a statement met a row that somebody else wrote in the same moment. */
export function isUniqueViolation(error: unknown): boolean {
  return stateOf(error) === '23505';
}

/** States of trouble that other statements, or the same with other rows, need not meet. */
const ofStatements: ReadonlySet<unknown> = new Set(['40001', '40P01', '55P03', '57014']);

/** Whether this statement failed, and the database can be used: it has changed nothing. */
export function isOfStatement(error: unknown): boolean {
  return stateOf(error) !== null && (ofStatements.has(stateOf(error)) || !isDatabaseTrouble(error));
}

/** The SQLSTATE that the server gave; `null`: it gave none. */
function stateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const driver: unknown = 'driverError' in error ? error.driverError : error;
  if (typeof driver !== 'object' || driver === null || !('severity' in driver) || !('code' in driver)) return null;
  return String(driver.code);
}
