import { pointerTo, valueFault, type Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { mergePatch } from '../lib/merge-patch.js';
import type { ConnectionLimits, PlatformKind, Read } from '../platforms/platform-kind.js';
import { readBaseUrl, readNextBaseUrl } from './addresses.js';
import type { ConnectionTerms } from './connection.store.js';
import type { Connection } from './connection.js';

/** Fields of a platform's own, not parsed yet. */
export type OwnFields = Readonly<Record<string, unknown>>;

/**
 * Limits as they were sent; what is absent is the platform's default. `null` is that default too, but in a registration
 * it lifts the limits that need not be: the rate, the burst and the time to start.
 */
export type GivenLimits = { readonly [Limit in keyof ConnectionLimits]?: ConnectionLimits[Limit] | null | undefined };

/** A connection as it was sent, its common fields parsed. */
export interface Registration {
  readonly key: string;
  readonly platform: string;
  /** Absent: the key serves. */
  readonly name?: string | undefined;
  readonly baseUrl: string;
  readonly auth: unknown;
  readonly limits?: GivenLimits | undefined;
  readonly own: OwnFields;
}

/** A JSON merge patch of a connection, its common fields parsed. */
export interface TermsPatch {
  readonly name?: string | null | undefined;
  readonly baseUrl?: string | undefined;
  readonly limits?: GivenLimits | null | undefined;
  readonly own: OwnFields;
}

/** A registration in the form in which it is kept; `auth` is not sealed yet. */
export interface ReadRegistration {
  readonly terms: ConnectionTerms;
  readonly auth: JsonObject;
}

/** What a registration says, or everything that is wrong with it. */
export function readRegistration(kind: PlatformKind, given: Registration): Read<ReadRegistration> {
  const auth = kind.readAuth(given.auth);
  const settings = kind.readSettings(given.own);
  const baseUrl = readBaseUrl(kind, given.baseUrl);
  if ('faults' in auth || 'faults' in settings || 'faults' in baseUrl) {
    return { faults: [...faultsUnder('/auth', auth), ...faultsUnder('', settings), ...faultsUnder('', baseUrl)] };
  }
  const limits = withDefaults(kind, given.limits ?? {});
  const terms = { name: given.name ?? given.key, baseUrl: baseUrl.value, settings: settings.value, limits };
  return { value: { terms, auth: auth.value } };
}

/** What a connection becomes by a patch, or everything that is wrong with it. */
export function readPatch(kind: PlatformKind, connection: Connection, patch: TermsPatch): Read<ConnectionTerms> {
  const settings = kind.readSettings(mergePatch(connection.settings, patch.own));
  const baseUrl =
    patch.baseUrl === undefined ? { value: connection.baseUrl } : readNextBaseUrl(kind, connection, patch.baseUrl);
  if ('faults' in settings || 'faults' in baseUrl) {
    return { faults: [...faultsUnder('', settings), ...faultsUnder('', baseUrl)] };
  }
  return {
    value: {
      name: patch.name === undefined ? connection.name : (patch.name ?? connection.key),
      baseUrl: baseUrl.value,
      settings: settings.value,
      limits: patchedLimits(kind, connection.limits, patch.limits),
    },
  };
}

/** What a platform finds wrong with the fields that only it knows; credentials that are missing are not its matter. */
export function faultsOfOwn(kind: PlatformKind, auth: unknown, own: OwnFields): Fault[] {
  const settings = faultsUnder('', kind.readSettings(own));
  return typeof auth === 'object' && auth !== null
    ? [...faultsUnder('/auth', kind.readAuth(auth)), ...settings]
    : settings;
}

/** The fault of a platform that nobody here speaks. */
export function unknownPlatform(known: readonly PlatformKind[]): Fault {
  const names = known.map(({ platform }) => platform).join(', ');
  return valueFault(pointerTo('platform'), 'unknown-platform', `Choose one of: ${names}.`);
}

function withDefaults({ defaultLimits }: PlatformKind, given: GivenLimits): ConnectionLimits {
  const { requestsPerSecond, burst, startWithinSeconds } = given;
  return {
    ...limitsOf((limit) => given[limit] ?? defaultLimits[limit]),
    ...(requestsPerSecond === null ? { requestsPerSecond } : {}),
    ...(burst === null ? { burst } : {}),
    ...(startWithinSeconds === null ? { startWithinSeconds } : {}),
  };
}

function patchedLimits(
  { defaultLimits }: PlatformKind,
  limits: ConnectionLimits,
  patch: GivenLimits | null | undefined,
): ConnectionLimits {
  if (patch === null) return defaultLimits;
  return limitsOf((limit) => {
    const value = patch?.[limit];
    return value === undefined ? limits[limit] : (value ?? defaultLimits[limit]);
  });
}

function limitsOf(
  of: <Limit extends keyof ConnectionLimits>(limit: Limit) => ConnectionLimits[Limit],
): ConnectionLimits {
  return {
    requestsPerSecond: of('requestsPerSecond'),
    burst: of('burst'),
    maxInFlight: of('maxInFlight'),
    queueDepth: of('queueDepth'),
    batch: of('batch'),
    startTimeoutSeconds: of('startTimeoutSeconds'),
    startWithinSeconds: of('startWithinSeconds'),
  };
}

function faultsUnder(root: string, read: Read<unknown>): Fault[] {
  if (!('faults' in read)) return [];
  return read.faults.map((fault) => ({ ...fault, pointer: root + fault.pointer }));
}
