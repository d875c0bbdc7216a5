import type { Exchange } from '../lib/exchange.js';
import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { CallbackReader, ToldThings } from './callback.js';
import type { Call, Platform } from './platform.js';
import type { MethodUse, Run, RunState } from './run.js';

/** What a portal's operator may set on how it is used. */
export interface ConnectionLimits {
  /** `null`: the platform has no known rate. */
  readonly requestsPerSecond: number | null;
  readonly burst: number | null;
  readonly maxInFlight: number;
  readonly queueDepth: number;
  readonly batch: 'auto' | 'off';
  readonly startTimeoutSeconds: number;
  readonly startWithinSeconds: number | null;
}

/** One registered portal as its platform sees it. Holds secrets in clear: never log, store or return it. */
export interface ConnectionSettings {
  readonly key: string;
  /** Without a trailing slash, e.g. `https://example.bitrix24.ru`. */
  readonly baseUrl: string;
  /** As `readAuth` returned it. */
  readonly auth: JsonObject;
  /** The platform's own fields beside `auth`, as `readSettings` returned them. */
  readonly settings: JsonObject;
}

/** Either what was read, defaults filled in, or everything that is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly faults: readonly Fault[] };

/**
 * What a platform says of itself; the one thing that its folder exports to the registry.
 *
 * Adding a platform is one of these and one line in `registry.ts`.
 */
export interface PlatformKind {
  /** As in the contract and in URLs, e.g. `creatio`. */
  readonly platform: string;
  /** As people write it. */
  readonly name: string;
  readonly defaultLimits: ConnectionLimits;
  /** JSON Schema (2020-12) of `auth` and of the platform's own fields, for people who register a connection. */
  readonly connectionSchema: JsonObject;
  /** Ready bodies for the documentation. `connection` names the sandbox connection of this platform. */
  readonly examples: PlatformExamples;
  /**
   * What is wrong with an absolute address as a connection's `baseUrl`, said with its remedy and without the address,
   * which may hold a secret; `null`: nothing. Absent: any path will do.
   */
  baseUrlFault?(url: URL): string | null;
  /** Parses the `auth` object of a connection; pointers start at its root. */
  readAuth(input: unknown): Read<JsonObject>;
  /** The fields of `auth` that are no secrets and may be shown, e.g. `type` and `username`. What is not named is hidden. */
  readonly shownAuth: readonly string[];
  /** Whether these credentials cannot work before a person has consented at the portal; absent: they always can. */
  awaitsConsent?(auth: JsonObject): boolean;
  /** How a person consents at the portal to what the gateway does there; absent: nobody has to. */
  readonly consent?: Consent;
  /** How many days credentials live unless they are renewed before; `null`: as long as the portal likes. Absent: so do all. */
  credentialsLifeDays?(auth: JsonObject): number | null;
  /** Parses the fields that only this platform's connections have; pointers start at the connection's root. */
  readSettings(input: Readonly<Record<string, unknown>>): Read<JsonObject>;
  /** Definitions that send documents to be signed: they need a scope of their own and cannot be retried. */
  readonly signing: readonly string[];
  /**
   * How variables are shown to callers, where some are too large or too private to be repeated (a document becomes its
   * hash and size). Absent: as they came.
   */
  showVariables?(definition: string, variables: JsonObject): JsonObject;
  /** How its portals tell us something by themselves; absent: they do not. */
  readonly callbacks?: CallbackReader;
  /** What callers are told of a run beside its state, from one sight of it to the next. Absent: nothing. Pure. */
  newsOfRun?(definition: string, before: SightedRun, after: SightedRun): readonly RunNews[];
  /**
   * What a step of the platform writes into the address of a report, where it fills it in: for the id that we gave to the
   * run, and for the run's own. Absent: its steps fill in nothing.
   */
  readonly reportPlaceholders?: { readonly processId: string; readonly nativeId: string };
  /** What is sure about sending each operation; `null` where the platform lacks it. */
  readonly delivery: Readonly<Record<Operation, Delivery | null>>;
  /** What it proves, after the longest life of a lost start, that no run of it is found; a sentence for an operator. */
  readonly absence: string;
  /** The states of a run that the platform can tell; absent: none. */
  readonly tells?: readonly RunState[];
  /** Notes for people beside a capability, e.g. why it is missing. */
  readonly notes: Readonly<Partial<Record<Operation, string>>>;
  /** Makes the adapter of one connection. Dials nothing. */
  open(connection: ConnectionSettings, tools: PlatformTools): Platform;
}

/** What of a run is compared between two sights. */
export type SightedRun = Pick<Run, 'nativeState' | 'result'>;

/** An event of a run that is no step of its life. */
export interface RunNews {
  readonly type: 'signing.document-status-changed' | 'signing.member-status-changed';
  readonly data: JsonObject;
}

/** What a person's consent at a portal is asked for with, and what it gives. */
export interface Consent {
  /**
   * Where the person consents; the portal sends the browser back with `state`. `null`: these credentials need no consent.
   * Pure.
   */
  urlFor(connection: ConnectionSettings, state: string): string | null;
  /**
   * Exchanges what came back for credentials: one request. Addresses in them are as the authorization server told them;
   * nobody has checked them.
   *
   * @throws Refused('rejected')  what came back is used up, too old, or of another portal
   * @throws Busy('credentials')  the authorization server does not take the application
   * @throws InDoubt  no answer; the consent may be used up
   */
  redeem(answer: ConsentAnswer, exchange: Exchange, call: Call): Promise<JsonObject>;
}

/** What a browser brought back from a portal. Nobody has vouched for it. */
export interface ConsentAnswer {
  readonly connection: ConnectionSettings;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What became of a portal's word that it has another address. */
export type Followed = 'followed' | 'unknown' | { readonly refused: string };

export interface PlatformExamples {
  readonly starts: readonly { readonly summary: string; readonly body: JsonObject }[];
  readonly connections: readonly { readonly summary: string; readonly body: JsonObject }[];
}

/** The words of operations, the same in capabilities, rows and logs. */
export const operations = [
  'start',
  'terminate',
  'kill',
  'complete_element',
  'complete_task',
  'delegate_task',
  'observe',
  'definitions',
  'elements',
  'tasks',
  'native_runs',
  'call',
] as const;
export type Operation = (typeof operations)[number];

/** How sure sending is: contract, "Small shapes". */
export type Delivery = 'at_most_once' | 'at_most_once_probed' | 'repeated_safely' | 'read';

/** What the house lends to a platform. */
export interface PlatformTools {
  /** One guarded HTTP request: no redirect, no retry, no stale socket for a command. The only way out. */
  readonly exchange: Exchange;
  /**
   * Renews credentials that are good for one use, as the only one of all replicas. `renew` makes the one request, writes
   * nothing once `mayWrite` is false, and gives the new `auth`, which is durable when this resolves; use it only then.
   *
   * @throws Busy('sign_in') where others were stored meanwhile, Busy('credentials') where two tries had no answer
   */
  renewAuth(renew: (mayWrite: () => boolean) => Promise<JsonObject>): Promise<void>;
  /**
   * Runs a sign-in with credentials that may be used again, as the only one of all replicas, and not where another one was
   * refused just now. Absent: nobody else signs in.
   *
   * @throws Busy('credentials'), Busy('sign_in') where other credentials were stored meanwhile, Unreached
   */
  signInAlone?(signIn: () => Promise<void>, call: Call): Promise<void>;
  /**
   * Told that the portal has another address, by its own answer to a request that nothing has run for. Stores the move
   * where the new address may be called; whoever was told so throws Busy('moved'). Never throws; absent: not followed.
   */
  moved?(baseUrl: string): Promise<Followed>;
  /** Told what an answer said of the work that a method has cost. */
  spent(use: MethodUse): void;
  /**
   * Told in a sentence, without a secret, what an answer says that a person should know although nothing failed by it, e.g. a
   * code that nobody has described and that was taken for the harmless. Absent: nobody wants to know.
   */
  strange?(what: string): void;
  /** What the portal told by itself. Absent: nobody keeps that. */
  readonly told?: ToldThings;
}
