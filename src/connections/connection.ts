import type { JsonObject } from '../lib/json.js';
import type { ConnectionLimits } from '../platforms/platform-kind.js';

/** `paused` is an operator's word and hides the others until `resume`. */
export type ConnectionState = 'active' | 'degraded' | 'reauthorization_required' | 'paused';

/** One registered portal, without its secrets. */
export interface Connection {
  /** A slug that callers use, e.g. `sales-portal`. */
  readonly key: string;
  readonly platform: string;
  readonly name: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** The name that its portal's runs are kept under: the origin of the portal's first address, also where it has moved. */
  readonly portal: string;
  /** The last move that its portal told; `null`: none. */
  readonly moved: { readonly from: string; readonly at: Date } | null;
  /** What of `auth` may be shown: its type, and names that are no secrets. */
  readonly auth: JsonObject;
  /** The platform's own fields. */
  readonly settings: JsonObject;
  /** When the credentials end unless they are renewed before, as far as is known; `null`: they do not by themselves. */
  readonly credentialsEndAt: Date | null;
  readonly limits: ConnectionLimits;
  readonly state: ConnectionState;
  /** Why it is not active, in words; `null` when it is. */
  readonly stateReason: string | null;
  /** Since when the state is this one, whatever its reason. */
  readonly stateSince: Date;
  /** Counts changes by people, what the machine itself sets aside; the ETag. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
