import type { Json, JsonObject } from '../../../lib/json.js';

/** A failure as the portal puts it on the wire. */
export class PortalFault extends Error {
  override readonly name = 'PortalFault';

  /**
   * @param code  mostly a text, which may be empty; a number or an object was seen too
   * @param description  `null`: there is none
   * @param more  what the body holds beside the error
   */
  constructor(
    readonly status: number,
    readonly code: Json,
    readonly description: string | null,
    readonly more: JsonObject = {},
  ) {
    super(`${status} ${JSON.stringify(code)}: ${description ?? ''}`);
  }

  /** As a command of a batch shows it. */
  get inner(): JsonObject {
    return { error: this.code, ...(this.description === null ? {} : { error_description: this.description }) };
  }

  get body(): JsonObject {
    return { ...this.inner, ...this.more };
  }
}

export const accessDenied = (): PortalFault => new PortalFault(403, 'ACCESS_DENIED', 'Access denied!');
