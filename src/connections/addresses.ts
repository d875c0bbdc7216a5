import { pointerTo, valueFault, type Fault } from '../lib/fault.js';
import { inwardAddressOf, type Resolve } from '../lib/egress-address.js';
import { dialling, egressFault, portOf, type EgressRules } from '../lib/egress-rules.js';
import type { JsonObject } from '../lib/json.js';
import { originOf } from '../lib/origin.js';
import type { PlatformKind, Read } from '../platforms/platform-kind.js';
import type { Connection } from './connection.js';
import { EgressDenied } from './connection.errors.js';

/**
 * The address of a portal as it is kept: no trailing slash, nothing behind the path. No fault repeats it, since people
 * paste secrets along with addresses.
 */
export function readBaseUrl({ baseUrlFault }: Pick<PlatformKind, 'baseUrlFault'>, text: string): Read<string> {
  if (!URL.canParse(text)) return unfit('Send the absolute URL of the portal, e.g. https://portal.example.');
  const url = new URL(text);
  if (/[?#]/.test(url.href)) return unfit('Leave out what follows ? or #.');
  const fault = baseUrlFault?.(url) ?? null;
  if (fault !== null) return unfit(fault);
  return { value: url.href.replace(/\/+$/, '') };
}

/**
 * Another address for a connection that exists, of the same scheme, host and port: its credentials were given for these,
 * and whoever may change an address need not know them. Where its portal told that it has moved, a person may put it back.
 */
export function readNextBaseUrl(
  kind: Pick<PlatformKind, 'baseUrlFault'>,
  { baseUrl, moved }: Pick<Connection, 'baseUrl' | 'moved'>,
  text: string,
): Read<string> {
  const read = readBaseUrl(kind, text);
  const given = [baseUrl, ...(moved ? [moved.from] : [])].map(originOf);
  if ('faults' in read || given.includes(originOf(read.value))) return read;
  return unfit(
    'The stored credentials go to the scheme, host and port that they were given for; register another connection there.',
    'other-host',
  );
}

function unfit(message: string, code = 'invalid-url'): Read<string> {
  return { faults: [valueFault('/baseUrl', code, message)] };
}

/** A URL of a connection that the gateway will call, and the place where it was sent. */
export interface CalledUrl {
  readonly pointer: string;
  readonly url: string;
}

/** The URLs in `auth`, e.g. the `tokenUrl` of an OAuth client. @param root  where `auth` stands in the body */
export function urlsOfAuth(auth: JsonObject, root: string): CalledUrl[] {
  return Object.entries(auth).flatMap(([name, value]) =>
    name.endsWith('Url') && typeof value === 'string' ? [{ pointer: root + pointerTo(name), url: value }] : [],
  );
}

/**
 * Refuses URLs that must not be called, before anything is stored. Nothing is dialled.
 *
 * @throws EgressDenied
 */
export async function refuseInward(urls: readonly CalledUrl[], rules: EgressRules, resolve?: Resolve): Promise<void> {
  const found = await Promise.all(urls.map((called) => deniedAt(called, rules, resolve)));
  const faults = found.filter((fault) => fault !== null);
  if (faults.length > 0) throw new EgressDenied(faults);
}

async function deniedAt({ pointer, url }: CalledUrl, rules: EgressRules, resolve?: Resolve): Promise<Fault | null> {
  const fault = egressFault(url, rules);
  if (fault !== null) return valueFault(pointer, 'egress-denied', fault);
  const called = new URL(url);
  const mayDial = dialling(rules)(called.hostname.replace(/^\[|\]$/g, ''));
  const inward = await inwardAddressOf(called.hostname, (address) => mayDial(address, portOf(called)), resolve);
  if (inward === null) return null;
  return valueFault(pointer, 'egress-denied', `It leads to ${inward}, which is not a public address.`);
}
