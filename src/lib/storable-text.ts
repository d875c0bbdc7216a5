const unstorable = /\0|\p{Surrogate}/gu;

/**
 * A text without what Postgres refuses in text and jsonb: U+0000 and lone surrogates become U+FFFD. Anything but a text
 * is given back as it is, so that it serves as a replacer of `JSON.stringify`.
 */
export function storableText(value: string): string;
export function storableText(value: unknown): unknown;
export function storableText(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(unstorable, '\uFFFD') : value;
}
