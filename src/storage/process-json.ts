/** What Postgres has no character for, as `JSON.stringify` writes it: U+0000 and lone surrogates; pairs stand in clear. */
const unstorable = /\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g;

/** A thing as JSON that Postgres takes. A platform's answer may hold what it does not, in names too; that becomes U+FFFD. */
export function json(thing: object): string {
  const text = JSON.stringify(thing);
  return !text.includes('\\')
    ? text
    : text.replace(unstorable, (escaped) => (escaped === '\\\\' ? escaped : '\\ufffd'));
}
