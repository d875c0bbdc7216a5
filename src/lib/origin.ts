import { remembered } from './remembered.js';

/** The portal behind an address, e.g. `https://portal.example`: however its host is spelt, with or without a last dot. */
export const originOf = remembered(1000, (url: string): string =>
  URL.canParse(url) ? `${new URL(url).protocol}//${hostOf(url)}` : url,
);

/** The host of an address with its port, e.g. `portal.example:8443`; the empty string where it is none. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, port } = new URL(url);
  return hostname.replace(/\.$/, '') + (port === '' ? '' : `:${port}`);
}
