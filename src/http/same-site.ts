import type { FastifyRequest } from 'fastify';
import { isLoopbackHost } from '../lib/loopback.js';
import { Forbidden } from './door.errors.js';
import type { PublicUrl } from './public-url.js';

/**
 * Keeps web pages of others out: a name that was rebound to this address, and requests of a foreign page.
 *
 * @throws Forbidden  the Host is neither loopback nor PUBLIC_URL's, or the Origin is another than this one
 */
export function requireOwnSite(request: FastifyRequest, url: PublicUrl): void {
  const host = hostnameOf(`http://${request.host}`);
  if (host === null || !(isLoopbackHost(host) || host === url.hostname)) {
    throw new Forbidden('host-not-allowed', 'Call the gateway by its PUBLIC_URL, or set PUBLIC_URL to this name.');
  }
  const { origin } = request.headers;
  if (origin === undefined || origin === new URL(url.base).origin) return;
  // Host was found to be one of ours, so a page of the same host and port is ours too.
  if (origin === `http://${request.host}` || origin === `https://${request.host}`) return;
  throw new Forbidden('origin-not-allowed', 'Web pages of other origins may not call the gateway.');
}

function hostnameOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}
