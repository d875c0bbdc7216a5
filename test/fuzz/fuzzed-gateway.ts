import type { Sandbox } from '../../src/platforms/sandbox.js';
import { register } from '../proofs/connections.js';
import { openSandbox, proofStarts } from '../proofs/starts.js';

export const adminKey = 'key-of-the-administrator-of-fuzz';

/** Settings of a gateway that is to be fuzzed. */
export const fuzzEnvironment = {
  AUTH: 'on',
  BOOTSTRAP_API_KEY: adminKey,
  EGRESS_HTTP: 'on',
  EGRESS_ALLOW: '127.0.0.0/8',
  DEFAULT_WAIT_SECONDS: '1',
  RECONCILE_DELAYS: '1,2',
} as const;

/** Opens both simulated portals and registers them: `bitrix24`, `signing`, `creatio`, and what commands may break. */
export async function registerPortals(gateway: { readonly url: string }): Promise<readonly Sandbox[]> {
  const opened: Sandbox[] = [];
  const keys: Readonly<Record<string, readonly string[]>> = {
    workflow: ['bitrix24', 'victim-1'],
    signing: ['signing', 'victim-2'],
    creatio: ['creatio', 'victim-3'],
  };
  for (const start of proofStarts) {
    const sandbox = await openSandbox(start);
    opened.push(sandbox);
    for (const key of keys[start.key] ?? []) {
      await register(gateway, key, { start, sandbox, baseUrl: sandbox.url, apiKey: adminKey });
    }
  }
  return opened;
}
