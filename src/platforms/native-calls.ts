import type { Fault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import type { Call } from './platform.js';

/** A call of the platform's own, in its own words. */
export interface NativeRequest {
  /** E.g. `crm.lead.get`. */
  readonly method: string;
  readonly params: JsonObject;
}

/** The platform's own methods, for what the gateway has no word for. */
export interface NativeCalls {
  /** What keeps it from being sent: no method of this platform, or one that starts runs, which has its own route. Pure. */
  faultsOf(request: NativeRequest): readonly Fault[];
  /**
   * One request.
   *
   * @returns the platform's answer as it came, a JSON text, without the credentials should they stand in it
   * @throws PlatformError  as a start does: what no table knows may have been carried out
   */
  call(request: NativeRequest, call: Call): Promise<string>;
}
