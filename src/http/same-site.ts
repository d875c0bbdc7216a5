import type { FastifyRequest } from 'fastify';
import { isLoopbackHost } from '../lib/loopback.js';
import { remembered } from '../lib/remembered.js';
import { authorityOf } from './authority.js';
import { Forbidden } from './door.errors.js';
import type { PublicUrl } from './public-url.js';

/**
 * Keeps web pages of others out: a name that was rebound to this address, and requests of a foreign page.
 *
 * @throws Forbidden  the Host is neither loopback nor PUBLIC_URL's, or the Origin is another than this one
 */
export function requireOwnSite(request: FastifyRequest, url: PublicUrl): void {
  const authority = authorityOf(request.raw);
  const host = hostnameOf(authority);
  if (host === '' || !(isLoopback(host) || host === url.hostname)) {
    throw new Forbidden('host-not-allowed', 'Call the gateway by its PUBLIC_URL, or set PUBLIC_URL to this name.');
  }
  const { origin } = request.headers;
  if (origin === undefined || origin === new URL(url.base).origin) return;
  // Host was found to be one of ours, so a page of the same host and port is ours too.
  if (origin === `http://${authority}` || origin === `https://${authority}`) return;
  throw new Forbidden('origin-not-allowed', 'Web pages of other origins may not call the gateway.');
}

/** Empty: it names more than a host and a port, or nothing. */
const hostnameOf = remembered(100, (authority) => {
  const url = `http://${authority}`;
  return /[@/\\?#]/.test(authority) || !URL.canParse(url) ? '' : new URL(url).hostname;
});

const isLoopback = remembered(100, isLoopbackHost);
