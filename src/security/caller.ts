/** What a caller may ask for; contract, "Scopes". */
export const scopes = [
  'processes:read',
  'processes:start',
  'processes:sign',
  'processes:terminate',
  'processes:kill',
  'tasks:read',
  'tasks:act',
  'definitions:read',
  'definitions:manage',
  'connections:read',
  'connections:manage',
  'incidents:read',
  'incidents:resolve',
  'incidents:resend',
  'events:read',
  'webhooks:manage',
  'audit:read',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

/** Who is calling, and what of the house it may see. */
export interface Caller {
  readonly clientId: string;
  /** The client's name, `createdBy` of what it starts. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** `null`: every connection. */
  readonly connections: readonly string[] | null;
  /** `null`: every definition. */
  readonly definitions: readonly string[] | null;
  /** `own`: only processes that it started itself. */
  readonly sees: 'own' | 'connection';
  readonly requireIdempotencyKey: boolean;
}

/** Whether a caller has a scope; `admin` has them all. */
export function has(caller: Caller, scope: Scope): boolean {
  return caller.scopes.has('admin') || caller.scopes.has(scope);
}
