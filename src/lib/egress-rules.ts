import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { reachable } from './egress-address.js';
import { isLoopbackHost } from './loopback.js';

/** Where outbound calls may go. */
export interface EgressRules {
  /** CIDRs that may be reached although private. */
  readonly allow: readonly string[];
  /** Whether plain `http:` is permitted. */
  readonly http: boolean;
  /** Loopback ports of our own simulated portals that are always permitted, also by `http:`. */
  readonly ownPorts: readonly number[];
  /** Ports of this machine that are our own doors and our own database: closed, whatever is allowed. It may grow. */
  readonly closedPorts?: ReadonlySet<number>;
}
export const EgressRules = Symbol('EgressRules');

/** Where one dial may go; asked for every address of its host. */
export type MayDial = (address: string, port: number) => boolean;

/**
 * Ports of other services, which would take a request for a command of theirs.
 *
 * Source: Fetch Standard, "bad port"
 */
const foreignPorts = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * Why this URL must not be dialled, in words for the person who wrote it; `null`: its form is fine.
 * Addresses behind names are checked at each dial.
 */
export function egressFault(text: string, rules: EgressRules): string | null {
  // A URL parser drops or turns these in silence, so what a person reads is not what is dialled.
  if (/[\s\p{Cc}\\]/u.test(text)) return 'Leave out spaces, line ends, control characters and backslashes.';
  if (!URL.canParse(text)) return 'This is not an absolute URL, e.g. https://portal.example.com.';
  const url = new URL(text);
  if (!/^https?:\/\/[^/]/i.test(text)) return 'Only https: URLs can be called.';
  if (url.username !== '' || url.password !== '') return 'Leave user name and password out of the URL.';
  if (foreignPorts.has(portOf(url))) return 'This port belongs to another kind of service; no portal is there.';
  if (url.protocol === 'http:' && !rules.http && !isOwn(url, rules)) {
    return 'Plain http: is not permitted; use https:, or set EGRESS_HTTP=on where the network is trusted.';
  }
  return null;
}

/** What one dial to this host may reach. @param host  the name or address that is dialled, without brackets */
export function dialling(rules: EgressRules): (host: string) => MayDial {
  const mayReach = reachable(rules.allow);
  return (host) => (address, port) => {
    if (rules.closedPorts?.has(port) && isOfThisMachine(address)) return false;
    if (address === host && isLoopbackHost(address) && rules.ownPorts.includes(port)) return true;
    return mayReach(address);
  };
}

/** The port that a URL leads to, e.g. 443 of `https://portal.example`. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function isOwn(url: URL, rules: EgressRules): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isLoopbackHost(host) && rules.ownPorts.includes(portOf(url));
}

function isOfThisMachine(address: string): boolean {
  if (isLoopbackHost(address)) return true;
  const own = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  return own.some((one) => one.address === address || `::ffff:${one.address}` === address);
}
