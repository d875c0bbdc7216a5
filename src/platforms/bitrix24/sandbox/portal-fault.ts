import type { JsonObject } from '../../../lib/json.js';

/** A failure as the portal puts it on the wire. */
export class PortalFault extends Error {
  override readonly name = 'PortalFault';

  /**
   * @param code  may be the empty string
   * @param more  what the body holds beside the error
   */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly description: string,
    readonly more: JsonObject = {},
  ) {
    super(`${status} ${code}: ${description}`);
  }
}

export const accessDenied = (): PortalFault => new PortalFault(403, 'ACCESS_DENIED', 'Access denied!');
