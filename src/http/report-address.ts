import type { PlatformKind } from '../platforms/platform-kind.js';
import type { PublicUrl } from './public-url.js';

/**
 * The address for a step that reports the good end of a run, e.g.
 * `https://bpm.example.com/v1/inbound/report/sales?token=…&outcome=completed`. Placeholders stand in it as the platform
 * knows them, not encoded.
 */
export function reportAddress(
  url: PublicUrl,
  { reportPlaceholders }: Pick<PlatformKind, 'reportPlaceholders'>,
  { connection, token }: { readonly connection: string; readonly token: string },
): string {
  const filled = Object.entries(reportPlaceholders ?? {}).map(([name, placeholder]) => `${name}=${placeholder}`);
  const query = [`token=${token}`, ...filled, 'outcome=completed'].join('&');
  return url.of(`/v1/inbound/report/${connection}?${query}`);
}
