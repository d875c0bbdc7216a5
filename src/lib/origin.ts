/** The portal behind an address, e.g. `https://portal.example`. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
