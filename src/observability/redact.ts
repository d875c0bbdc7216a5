import { secretValues } from '../lib/secret-values.js';

const secretName = /authorization|cookie|secret|password|passwd|token|api[-_]?key|credential|csrf|private/i;
// By its look, wherever it stands: our own keys, signed tokens, bearer tokens, and user:password@ in a URL.
const looks: readonly (readonly [RegExp, string])[] = [
  [/bpmgw_[\w-]{8,}/g, '[redacted]'],
  [/whsec_[\w+/=]{8,}/g, '[redacted]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[redacted]'],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/(:\/\/[^\s/:@]*):[^\s/@]+@/g, '$1:[redacted]@'],
  [/([?&](?:[\w-]*(?:token|secret|password|auth|key)[\w-]*)=)[^&\s"]+/gi, '$1[redacted]'],
];
const deepest = 6;

/** A copy of what is to be logged without secrets: by the name of the field, by the value where it is known, and by its look. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactedText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= deepest) return '[deep]';
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Error) return redactedError(value, depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redacted(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) && item !== null ? '[redacted]' : redacted(item, depth + 1),
    ]),
  );
}

// Never the other fields of an error: those of a library carry requests, headers and rows.
function redactedError(error: Error, depth: number): unknown {
  return {
    name: error.name,
    message: redactedText(error.message),
    stack: redactedText(error.stack ?? ''),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: redacted(error.cause, depth + 1) }),
  };
}

/** A text without secrets. */
export function redactedText(text: string): string {
  return looks.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), secretValues.hide(text));
}
