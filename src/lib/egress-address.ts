import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { cidrTest } from './cidr.js';

/** Every address of a host name; empty where none can be found. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** IPv4 that is not the public internet: IANA special-purpose registry, and multicast. */
const inwardV4 = cidrTest([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
const publicV6 = cidrTest(['2000::/3']);
/** IPv6 inside 2000::/3 that wraps an IPv4 address, or is for documents: Teredo and its neighbours, 6to4. */
const notPublicV6 = cidrTest(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/**
 * Which inward address this host has, e.g. `10.0.0.7`; `null`: none is seen. A name that does not resolve has none: it
 * is looked at again by the guard at every dial, which is what protects; this is for telling people early.
 *
 * @param host   as in `URL.hostname`, which has already turned spellings such as `0x7f.1` into addresses
 * @param allow  CIDRs or addresses that may be reached although inward
 */
export async function inwardAddressOf(
  host: string,
  allow: readonly string[],
  resolve: Resolve = resolveByName,
): Promise<string | null> {
  const literal = host.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) === 0 ? await resolve(literal) : [literal];
  const isAllowed = cidrTest(allow);
  return addresses.find((address) => isInward(address) && !isAllowed(address)) ?? null;
}

async function resolveByName(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

function isInward(address: string): boolean {
  return isIP(address) === 4 ? inwardV4(address) : !publicV6(address) || notPublicV6(address);
}
