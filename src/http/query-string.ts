import { MalformedQuery, type ParameterFault } from './door.errors.js';

/** The parameters of a query, each with all its values in order. */
export class Query extends Map<string, readonly string[]> {}

/**
 * Reads the query of a URL strictly.
 *
 * @throws MalformedQuery  a percent-encoding that is none, bytes that are no UTF-8, U+0000
 */
export function readQuery(url: string): Query {
  const query = new Query();
  const faults: ParameterFault[] = [];
  const begin = url.indexOf('?');
  for (const pair of begin === -1 ? [] : (url.slice(begin + 1).split('#')[0] ?? '').split('&')) {
    if (pair === '') continue;
    const [rawName = '', ...rest] = pair.split('=');
    const name = decoded(rawName);
    const value = decoded(rest.join('='));
    if (name === null || value === null) {
      const message = 'Encode the query as UTF-8 in percent-encoding, without U+0000.';
      faults.push({ parameter: name ?? rawName, code: 'unreadable', message });
      continue;
    }
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  if (faults.length > 0) throw new MalformedQuery(faults);
  return query;
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text.replaceAll('+', ' '));
    return value.includes('\0') ? null : value;
  } catch {
    return null;
  }
}
