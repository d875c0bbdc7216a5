import type { ProblemKind } from './problem-kind.js';

const kind = (status: number, title: string, meaning: string, remedy: string): ProblemKind => ({
  status,
  title,
  retryable: false,
  meaning,
  remedy,
});

/** What can be wrong with a request before anybody looks at what it commands. */
export const problemsOfRequests = {
  'malformed-request': kind(
    400,
    'Malformed request',
    'The body is no JSON that the contract describes, or a query parameter is unknown, repeated or unreadable.',
    'Mend what `errors` names; each entry points at one place.',
  ),
  'idempotency-key-missing': kind(
    400,
    'Idempotency-Key missing',
    'This client must send the header Idempotency-Key with every command.',
    'Make one key per intended command, store it, and send it with the first try and every repetition.',
  ),
  'idempotency-key-invalid': kind(
    400,
    'Idempotency-Key invalid',
    'The header Idempotency-Key is not 1 to 255 visible ASCII characters, bare or in double quotes.',
    'Use for example a UUID.',
  ),
  unauthenticated: kind(
    401,
    'Not authenticated',
    'The request carries no API key, or one that is unknown, revoked or expired.',
    'Send `Authorization: Bearer KEY` with a valid key.',
  ),
  'insufficient-scope': kind(
    403,
    'Scope missing',
    'The client is known, but lacks the scope that this route needs.',
    'Have an administrator add the scope to the client.',
  ),
  'host-not-allowed': kind(
    403,
    'Host not allowed',
    'The Host header is neither loopback nor that of PUBLIC_URL, as when a web page rebinds a name to this address.',
    'Call the gateway by its PUBLIC_URL, or set PUBLIC_URL to the name that you use.',
  ),
  'origin-not-allowed': kind(
    403,
    'Origin not allowed',
    'A web page of another origin made this request.',
    'Call the gateway from a server, or from its own pages.',
  ),
  'address-not-allowed': kind(
    403,
    'Address not allowed',
    'The client may be used from certain addresses only, and this is none of them.',
    'Call from an allowed address, or have an administrator change the list of the client.',
  ),
  'not-found': kind(
    404,
    'Not found',
    'Nothing is at this address, or this client may not see it.',
    'Check the address and the id; an id is a UUID.',
  ),
  'method-not-allowed': kind(
    405,
    'Method not allowed',
    'The address exists, but takes other methods.',
    'Use one of the methods that the header Allow names.',
  ),
  'not-acceptable': kind(
    406,
    'Not acceptable',
    'The answer cannot be given in a form that the Accept header admits.',
    'Accept application/json.',
  ),
  'precondition-failed': kind(
    412,
    'Changed meanwhile',
    'The thing was changed after the ETag in If-Match was read.',
    'Read it again, decide again, and send the new ETag.',
  ),
  'payload-too-large': kind(
    413,
    'Payload too large',
    'The body is over its limit of bytes, of depth 32 or of 1,000 keys.',
    'Send less; only the start of a signing may be larger than 1 MiB.',
  ),
  'unsupported-media-type': kind(
    415,
    'Unsupported media type',
    'The body is not of a type that this route reads.',
    'Send `Content-Type: application/json` in UTF-8, not compressed.',
  ),
  'validation-failed': kind(
    422,
    'Validation failed',
    'The body is well formed, but a value does not fit or a required field is missing.',
    'Mend every field that `errors` names.',
  ),
  'precondition-required': kind(
    428,
    'If-Match required',
    'This change needs the header If-Match, so that nobody overwrites what he has not seen.',
    'Read the thing, and send its ETag as If-Match.',
  ),
  'headers-too-large': kind(
    431,
    'Headers too large',
    'The header fields of the request are over their limit of 16 KiB.',
    'Send fewer or shorter header fields.',
  ),
} as const satisfies Record<string, ProblemKind>;
