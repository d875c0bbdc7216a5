import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { cidrTest } from './cidr.js';
import { wrappedIn } from './wrapped-address.js';

/** Every address of a host name. Rejects, or gives an empty list, where none can be found. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Whether packets may be sent to an address. */
export type MayReach = (address: string) => boolean;

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
 * What no setting opens, because no portal is there and whoever answers gives credentials away: unspecified, link-local
 * with the metadata services in it, multicast, reserved; then the metadata services of single clouds: Alibaba, Azure
 * (which lies in public space), Oracle, Amazon, Google.
 */
const never = cidrTest([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '::',
  'fe80::/10',
  'ff00::/8',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
]);

/** Which addresses may be reached: public ones, and those of `allow` that are not closed to everybody. */
export function reachable(allow: readonly string[]): MayReach {
  const isAllowed = cidrTest(allow);
  const isFine = (address: string): boolean => !never(address) && (!isInward(address) || isAllowed(address));
  return (address) => isIP(address) !== 0 && isFine(address) && wrappedIn(address).every(isFine);
}

/**
 * Which address of this host must not be reached, e.g. `10.0.0.7`; `null`: none is seen. A name that does not resolve has
 * none: it is looked at again by the guard at every dial, which is what protects; this is for telling people early.
 *
 * @param host  as in `URL.hostname`, which has already turned spellings such as `0x7f.1` into addresses
 */
export async function inwardAddressOf(
  host: string,
  mayReach: MayReach,
  resolve: Resolve = resolveByName,
): Promise<string | null> {
  const literal = host.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) === 0 ? await resolve(literal).catch(() => []) : [literal];
  return addresses.find((address) => !mayReach(address)) ?? null;
}

/** Asks the system, as every dial does. */
export async function resolveByName(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function isInward(address: string): boolean {
  return isIP(address) === 4 ? inwardV4(address) : !publicV6(address) || notPublicV6(address);
}
