/** How long a command may hold its caller, and what of the wish was honoured. */
export interface Preference {
  readonly respondAsync: boolean;
  /** 0: answer at once. */
  readonly waitSeconds: number;
  /** For the header `Preference-Applied`; `null`: no wish was honoured. */
  readonly applied: string | null;
}

/** What proxies in between commonly allow is 60 s. */
export const longestWaitSeconds = 55;

/**
 * Reads `Prefer: respond-async, wait=10` (RFC 7240). What cannot be understood is ignored, as the standard asks; of a
 * preference that stands twice the first counts.
 */
export function preferenceOf(header: string, defaultWaitSeconds: number): Preference {
  const wishes = new Map<string, string>();
  for (const wish of header.split(',')) {
    const [name = '', value = ''] = (wish.split(';')[0] ?? '').split('=').map((part) => part.trim());
    const key = name.toLowerCase();
    if (key !== '' && !wishes.has(key)) wishes.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  const respondAsync = wishes.has('respond-async');
  const wished = /^\d{1,9}$/.test(wishes.get('wait') ?? '') ? Number(wishes.get('wait')) : null;
  const waitSeconds = Math.min(wished ?? (respondAsync ? 0 : defaultWaitSeconds), longestWaitSeconds);
  const applied = [...(respondAsync ? ['respond-async'] : []), ...(wished === null ? [] : [`wait=${waitSeconds}`])];
  return { respondAsync, waitSeconds, applied: applied.length > 0 ? applied.join(', ') : null };
}
