import type { ProblemKind } from './problem-kind.js';

const kind = (status: number, title: string, meaning: string, remedy: string): ProblemKind => ({
  status,
  title,
  retryable: status === 503,
  meaning,
  remedy,
});

/** What went wrong on our side or behind us. */
export const problemsOfOurs = {
  'internal-error': kind(
    500,
    'Internal error',
    'Something happened that nobody foresaw. Whether the request was carried out is not known.',
    'Repeat the same request with the same key; give the operator the traceId.',
  ),
  'platform-outcome-unknown': kind(
    502,
    'Outcome unknown',
    'The call went out to the platform and no trustworthy answer came back: it may have run.',
    'Do not send it again. Look at the platform whether it ran.',
  ),
  'platform-bad-response': kind(
    502,
    'Unreadable answer of the platform',
    'The platform answered a read with something that cannot be understood.',
    'Repeat the request; if it stays so, look at the health of the connection.',
  ),
  'platform-unavailable': kind(
    503,
    'Platform unavailable',
    'The platform cannot be reached, or asks to wait. Nothing ran.',
    'Repeat the same request with the same key after Retry-After.',
  ),
  overloaded: kind(
    503,
    'Overloaded',
    'The gateway or its database cannot take the request at this moment.',
    'Repeat the same request with the same key after Retry-After.',
  ),
  'shutting-down': kind(
    503,
    'Shutting down',
    'This replica is stopping and takes no new requests.',
    'Repeat the same request with the same key; another replica answers.',
  ),
} as const satisfies Record<string, ProblemKind>;
