import { valueFault } from '../lib/fault.js';
import type { JsonObject } from '../lib/json.js';
import { ConnectionUnfit } from './connection.errors.js';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';

/** A connection that works at a simulated portal: `fields` are `auth` and the platform's own ones. */
export interface SandboxPortal {
  readonly platform: string;
  readonly url: string;
  readonly suffix: string;
  readonly name: string;
  readonly fields: JsonObject;
}

/** A simulated portal takes what comes. */
const limits = { requestsPerSecond: null, burst: null };

/** Registers `sandbox-{platform}{suffix}`, or brings the one of that name to the simulator's present address. */
export async function registerSandbox(
  connections: Connections,
  { platform, url, suffix, name, fields }: SandboxPortal,
): Promise<Connection> {
  const { auth, ...own } = fields;
  if (auth === undefined) throw new ConnectionUnfit([valueFault('/auth', 'required', 'A sandbox gives its auth.')]);
  const key = `sandbox-${platform}${suffix}`;
  return connections.registerOwn({ key, platform, name, baseUrl: url, auth, limits, own });
}
