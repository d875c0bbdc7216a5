import type { JsonObject } from '../lib/json.js';

/** How a simulated portal is to run. */
export interface SandboxOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A folder in which runs survive a restart; `null`: in memory only. */
  readonly folder: string | null;
  /** Serve https with this certificate; absent: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A simulated portal: a real HTTP server that behaves as the fact sheets say. */
export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** Connections that work here, the first being the one for newcomers: `auth` and the platform's own fields. */
  readonly connections: readonly SandboxConnection[];
  close(): Promise<void>;
}

export interface SandboxConnection {
  /** Added to the key `sandbox-{platform}`; the empty string for the first. */
  readonly suffix: string;
  readonly name: string;
  readonly fields: JsonObject;
}

/** Makes the simulator of one platform; the one thing that its sandbox exports. */
export interface SandboxKind {
  readonly platform: string;
  start(options: SandboxOptions): Promise<Sandbox>;
}
