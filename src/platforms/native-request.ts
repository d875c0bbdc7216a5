import type { JsonObject } from '../lib/json.js';

/** A call of the platform's own, in its own words. */
export interface NativeRequest {
  /** E.g. `crm.lead.get`. */
  readonly method: string;
  readonly params: JsonObject;
}
