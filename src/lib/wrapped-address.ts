import { isIP } from 'node:net';

/**
 * The IPv4 addresses that an IPv6 address carries within it and that a packet to it may end at, e.g. `127.0.0.1` of
 * `64:ff9b::7f00:1`; empty where it carries none, and for IPv4.
 *
 * Source: RFC 4291 (compatible, mapped), 6052 and 8215 (NAT64), 2765 (translated), 3056 (6to4), 4380 (Teredo),
 * 5214 (ISATAP).
 */
export function wrappedIn(address: string): readonly string[] {
  if (isIP(address) !== 6 || address.includes('%')) return [];
  const groups = groupsOf(address);
  const [first = 0, second = 0, third = 0] = groups;
  const last = v4At(groups, 6);
  const upTo = (count: number): boolean => groups.slice(0, count).every((group) => group === 0);
  const isAnyZero = upTo(4) && (groups[4] === 0 || groups[4] === 0xffff) && [0, 0xffff].includes(groups[5] ?? -1);
  const isNat64 = first === 0x64 && second === 0xff9b;
  const isIsatap = ((groups[4] ?? -1) & 0xfdff) === 0 && groups[5] === 0x5efe;
  if (isAnyZero || isNat64 || isIsatap) return [last];
  if (first === 0x2002) return [v4At(groups, 1)];
  // Teredo: the server in clear, the client with every bit turned.
  if (first === 0x2001 && second === 0) return [v4At([third, groups[3] ?? 0], 0), v4At(groups.map(turned), 6)];
  return [];
}

function turned(group: number): number {
  return group ^ 0xffff;
}

function v4At(groups: readonly number[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at, at + 2);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of an IPv6 address, however it is written. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [numbersIn(head), numbersIn(tail ?? '')];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function numbersIn(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
