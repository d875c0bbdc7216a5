/** What a connection may be called: 1 to 63 lower-case letters, digits and hyphens, e.g. `sales-portal`. */
export const connectionKeyPattern = /^[a-z0-9-]{1,63}$/;

/** Whether a connection of that name can exist; anything else needs no look into the database. */
export function isConnectionKey(text: string): boolean {
  return connectionKeyPattern.test(text);
}
