/** A failure as the portal puts it on the wire. */
export class PortalFault extends Error {
  override readonly name = 'PortalFault';

  /** @param code  may be the empty string */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly description: string,
  ) {
    super(`${status} ${code}: ${description}`);
  }
}

export const accessDenied = (): PortalFault => new PortalFault(403, 'ACCESS_DENIED', 'Access denied!');
